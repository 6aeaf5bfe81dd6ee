using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Training.Sweeps;

/// <summary>Work that falls into the planes of a blocked tensor, as <see cref="PlaneView"/> has them.</summary>
internal interface IPlaneWork
{
    /// <summary>Does one plane.</summary>
    /// <param name="plane">image · channel blocks + channel block, or image block · channels + channel.</param>
    void Plane(int plane);
}

/// <summary>Spreads planes over the threads.</summary>
internal static class Planes
{
    /// <summary>Elements of a work item at least: 64 KiB, so that handing it out costs nothing beside doing it.</summary>
    private const int ItemElements = 16 * 1024;

    /// <summary>
    /// Work items for each thread at most. Sweeps ask for the next plane, and what another thread is at is asked for in vain, or taken away from
    /// it where it writes: with an item for each plane two threads were slower than one.
    /// </summary>
    private const int ItemsPerThread = 8;

    /// <summary>Does all planes of a tensor.</summary>
    /// <param name="work">What to do; results must not depend on which planes share an item.</param>
    /// <param name="tensor">The largest tensor involved: it fixes how many planes make an item.</param>
    /// <param name="topology">Threads to use; a cluster takes consecutive images, as it does in the convolutions.</param>
    public static void Run<TWork>(ref TWork work, BlockedTensor tensor, ComputeTopology topology)
        where TWork : struct, IPlaneWork
    {
        var planes = new PlaneView(tensor).Count;
        Run(ref work, planes, tensor.Length / planes, topology);
    }

    /// <summary>As above, for planes that are no tensor's.</summary>
    /// <param name="work">What to do; results must not depend on which planes share an item.</param>
    /// <param name="planes">How many there are.</param>
    /// <param name="elements">Elements of each.</param>
    /// <param name="topology">Threads to use.</param>
    public static void Run<TWork>(ref TWork work, int planes, int elements, ComputeTopology topology)
        where TWork : struct, IPlaneWork
    {
        var perItem = Math.Max(1, Math.Max(ItemElements / elements, planes / (ItemsPerThread * topology.Threads)));
        var items = new Items<TWork>(work, planes, perItem);
        WorkerPool.Shared.Run(ref items, ((planes - 1) / perItem) + 1, topology);
    }

    private readonly struct Items<TWork>(TWork work, int planes, int perItem) : IWork
        where TWork : struct, IPlaneWork
    {
        public void Do(int item, int worker)
        {
            var end = Math.Min(planes, (item + 1) * perItem);
            for (var plane = item * perItem; plane < end; plane++) work.Plane(plane);
        }
    }
}
