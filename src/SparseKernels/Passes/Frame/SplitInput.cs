using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Frame;

/// <summary>Planar data of one call of a strided pass, split so that the pass reads it with a stride of 1.</summary>
/// <param name="split">How it is split.</param>
/// <param name="images">Images.</param>
/// <param name="channels">Channels of all groups.</param>
internal sealed unsafe class SplitInput(PlanarSplit split, int images, int channels) : IDisposable
{
    private readonly AlignedBuffer _planes = new((long)images * channels * split.Strides.Channel);

    /// <summary>Splits data, on all threads.</summary>
    /// <returns>What the pass reads, until the next call.</returns>
    public ImageView Fill(in ImageView data, ComputeTopology topology)
    {
        var work = new Work { Split = split, Data = data, Planes = _planes.Pointer };
        WorkerPool.Shared.Run(ref work, checked(images * channels), topology);
        return new ImageView(_planes.Pointer, data.C, data.H, data.W, split.Strides);
    }

    public void Dispose() => _planes.Dispose();

    private struct Work : IWork
    {
        public PlanarSplit Split;
        public ImageView Data;
        public float* Planes;

        public readonly void Do(int item, int worker) =>
            Split.Copy(in Data, item / Data.C, item % Data.C, Planes + (nint)item * Split.Strides.Channel);
    }
}
