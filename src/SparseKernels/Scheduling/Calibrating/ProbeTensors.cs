using SparseKernels.Scheduling.Plans;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>The tensors of a probe's calls in one layout.</summary>
internal sealed class ProbeTensors : IDisposable
{
    public ProbeTensors(ConvolutionShape shape, BlockedLayout layout, PlanBorders borders)
    {
        var (input, output) = layout == BlockedLayout.ChannelBlocked ? (0, 0) : (borders.Input, borders.Output);
        (X, Dx) = (new(shape.N, shape.C, shape.H, shape.W, layout, input), new(shape.N, shape.C, shape.H, shape.W, layout, input));
        (Y, Dy) = (new(shape.N, shape.K, shape.P, shape.Q, layout, output), new(shape.N, shape.K, shape.P, shape.Q, layout, output));
    }

    public BlockedTensor X { get; }

    public BlockedTensor Dx { get; }

    public BlockedTensor Y { get; }

    public BlockedTensor Dy { get; }

    public void Dispose()
    {
        foreach (var tensor in new[] { X, Dx, Y, Dy }) tensor.Dispose();
    }
}
