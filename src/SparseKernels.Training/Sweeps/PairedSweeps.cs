using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Training.Sweeps;

/// <summary>
/// Runs two sweeps of which the second needs numbers that the first gives: in turns, a few units at a time, where L2 holds these, so that the
/// second sweep finds what the first has brought, else one behind the other. Results are the same.
/// </summary>
internal readonly struct PairedSweeps
{
    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    private readonly ComputeTopology _topology;
    private readonly PlaneOrder _order;
    private readonly int _elements;

    /// <summary>Planes to the one that is swept over by the time that memory answers.</summary>
    private readonly int _ahead;

    private PairedSweeps(PlaneView view, PlaneOrder order, int bytesOfElement, bool mayTakeTurns, ComputeTopology topology)
    {
        (_topology, _order, _ahead) = (topology, order, view.PlanesAhead);
        _elements = checked((int)(view.Runs * view.RunLength));
        var bytesOfUnit = (long)order.PlanesOfUnit * _elements * bytesOfElement;
        if (!mayTakeTurns || order.Units < topology.Threads || bytesOfUnit > MachineTopology.L2Bytes) return;
        var fair = topology.Threads == 1 ? order.Units : Math.Max(1, order.Units / (ItemsPerThread * topology.Threads));
        _order = order with { Together = (int)Math.Clamp(MachineTopology.L2Bytes / 4 / bytesOfUnit, 1, fair) };
        TakeTurns = true;
    }

    /// <summary>Whether the second sweep finds in the cache what the first has read.</summary>
    public bool TakeTurns { get; }

    /// <summary>Sweeps whose units are channels over all images.</summary>
    /// <param name="tensor">The largest tensor involved.</param>
    /// <param name="bytesOfElement">Bytes that the first sweep reads for each element of it, of all tensors.</param>
    /// <param name="mayTakeTurns">Whether what stands between the sweeps can be done for a few channels.</param>
    /// <param name="topology">Threads to use. Of several clusters each has its own images in its cache, so there sweeps don't take turns.</param>
    public static PairedSweeps OfChannels(BlockedTensor tensor, int bytesOfElement, bool mayTakeTurns, ComputeTopology topology)
    {
        var view = new PlaneView(tensor);
        var order = new PlaneOrder(view.PlanesOfImages, view.Count / view.PlanesOfImages, 1, view.PlanesOfImages);
        return new(view, order, bytesOfElement, mayTakeTurns && topology.Clusters == 1, topology);
    }

    /// <summary>Sweeps whose units are images, or blocks of 16 of them.</summary>
    /// <inheritdoc cref="OfChannels"/>
    public static PairedSweeps OfImages(BlockedTensor tensor, int bytesOfElement, ComputeTopology topology)
    {
        var view = new PlaneView(tensor);
        var order = new PlaneOrder(view.Count / view.PlanesOfImages, view.PlanesOfImages, view.PlanesOfImages, 1);
        return new(view, order, bytesOfElement, mayTakeTurns: true, topology);
    }

    /// <summary>Runs both sweeps.</summary>
    public void Run<TWork>(ref TWork work)
        where TWork : struct, IPairedWork
    {
        if (TakeTurns)
        {
            var turns = new Turns<TWork>(work, _order, _ahead, _topology.Threads);
            WorkerPool.Shared.Run(ref turns, _order.Items, _topology);
            return;
        }

        RunFirst(ref work);
        RunSecond(ref work);
    }

    /// <summary>Runs the first sweep and what follows it.</summary>
    public void RunFirst<TWork>(ref TWork work)
        where TWork : struct, IPairedWork
    {
        var first = new FirstSweep<TWork>(work, _ahead);
        Planes.Run(ref first, _order.Planes, _elements, _topology);
        work.Between(0, _order.Units);
    }

    /// <summary>Runs the second sweep.</summary>
    public void RunSecond<TWork>(ref TWork work)
        where TWork : struct, IPairedWork
    {
        var second = new SecondSweep<TWork>(work, _ahead);
        Planes.Run(ref second, _order.Planes, _elements, _topology);
    }

    private readonly struct FirstSweep<TWork>(TWork work, int ahead) : IPlaneWork
        where TWork : struct, IPairedWork
    {
        public void Plane(int plane) => work.First(plane, ahead);
    }

    private readonly struct SecondSweep<TWork>(TWork work, int ahead) : IPlaneWork
        where TWork : struct, IPairedWork
    {
        public void Plane(int plane) => work.Second(plane, ahead);
    }

    /// <summary>A few units an item.</summary>
    private readonly struct Turns<TWork>(TWork work, PlaneOrder order, int ahead, int threads) : IWork
        where TWork : struct, IPairedWork
    {
        public void Do(int item, int worker)
        {
            var (unit, units) = order.UnitsOf(item);
            var turns = units * order.PlanesOfUnit;
            for (var turn = 0; turn < turns; turn++)
            {
                var plane = order.PlaneOf(item, turn);
                work.First(plane, order.PlaneOf(item, turn + ahead, threads) - plane);
            }

            work.Between(unit, units);
            for (var turn = 0; turn < turns; turn++)
            {
                var plane = order.PlaneOf(item, turn);
                work.Second(plane, order.PlaneOf(item, turn + ahead, threads) - plane);
            }
        }
    }
}
