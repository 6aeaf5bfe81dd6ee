using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>
/// Channel-blocked copies of the tensors of one call, for callers whose tensors are of two layouts, or whose border is too narrow to be read
/// in place. Each is allocated when first asked for.
/// </summary>
internal sealed class ChannelBlockedCopies(ConvolutionShape shape) : IDisposable
{
    private BlockedTensor? _input;
    private BlockedTensor? _output;

    /// <summary>Of the input's sizes.</summary>
    public BlockedTensor Input => _input ??= new BlockedTensor(shape.N, shape.C, shape.H, shape.W);

    /// <summary>Of the output's sizes.</summary>
    public BlockedTensor Output => _output ??= new BlockedTensor(shape.N, shape.K, shape.P, shape.Q);

    /// <summary>A tensor if it is channel-blocked, else its copy.</summary>
    public static BlockedTensor Read(BlockedTensor tensor, BlockedTensor copy)
    {
        if (tensor.Layout == BlockedLayout.ChannelBlocked) return tensor;
        tensor.CopyTo(copy);
        return copy;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
    }
}
