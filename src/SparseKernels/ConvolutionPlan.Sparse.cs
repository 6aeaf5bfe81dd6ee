using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels;

// The passes whose caller says what it knows of zeros.
public sealed partial class ConvolutionPlan
{
    /// <summary>
    /// As <see cref="Forward(BlockedTensor, PackedWeights, ReadOnlySpan{float}, BlockedTensor)"/>, skipping the zeros of two operands; y is
    /// zero outside the mask of the output.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// A size or pattern doesn't fit, the pair needs a pattern that is missing, the weights belong to another plan, or y overlaps
    /// another argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void Forward(BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y, SparseOperands sparse)
    {
        CheckForward(x, w, bias, y);
        CheckForward(sparse);
        RunForward(x, w, bias, y, sparse);
    }

    /// <summary>As above, leaving the sums over each channel of y in <paramref name="moments"/> where the pass that runs takes them.</summary>
    internal void Forward(
        BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y, SparseOperands sparse, ChannelMoments? moments)
    {
        CheckForward(x, w, bias, y);
        CheckForward(sparse);
        RunForward(x, w, bias, y, sparse, moments);
    }

    /// <summary>
    /// As <see cref="BackwardData(BlockedTensor, PackedWeights, BlockedTensor)"/>, skipping the zeros of two operands; dx is zero outside
    /// the mask of the input.
    /// </summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns; the input's is the mask of dx, as a ReLU's below.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// A size or pattern doesn't fit, the pair needs a pattern that is missing, the weights belong to another plan, or dy and dx
    /// are one tensor.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void BackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx, SparseOperands sparse)
    {
        CheckBackwardData(dy, w, dx);
        CheckBackwardData(sparse);
        RunBackwardData(dy, w, dx, sparse);
    }

    /// <summary>
    /// As <see cref="BackwardWeights(BlockedTensor, BlockedTensor, Span{float}, Span{float})"/>, skipping the zeros of two operands; dw is
    /// zero outside the weights' pattern.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// A size or pattern doesn't fit, the pair needs a pattern that is missing, or a result overlaps another argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan or a tensor is disposed.</exception>
    public void BackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias, SparseOperands sparse)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        CheckBackwardWeights(sparse);
        RunBackwardWeights(x, dy, dw, dbias, sparse);
    }

    /// <summary>
    /// As <see cref="Forward(ReadOnlySpan{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>, skipping the zeros of two
    /// operands; y is zero outside the mask of the output.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="y"/> overlaps another
    /// argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y, SparseOperands sparse)
    {
        CheckForward(x, w, bias, y);
        CheckForward(sparse);
        RunForward(x, w, bias, y, PlainLayout.Nchw, sparse);
    }

    /// <summary>
    /// As <see cref="BackwardData(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>, skipping the zeros of two operands; dx is zero
    /// outside the mask of the input.
    /// </summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns; the input's is the mask of dx, as a ReLU's below.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="dx"/> overlaps another
    /// argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx, SparseOperands sparse)
    {
        CheckBackwardData(dy, w, dx);
        CheckBackwardData(sparse);
        RunBackwardData(dy, w, dx, PlainLayout.Nchw, sparse);
    }

    /// <summary>
    /// As <see cref="BackwardWeights(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, Span{float})"/>, skipping the zeros of two
    /// operands; dw is zero outside the weights' pattern.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or a result overlaps another argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardWeights(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias, SparseOperands sparse)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        CheckBackwardWeights(sparse);
        RunBackwardWeights(x, dy, dw, dbias, PlainLayout.Nchw, sparse);
    }

    private void CheckForward(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        RequireResult(sparse, Operand.Output, sparse.Output);
        RefuseWeightPattern(sparse);
    }

    private void CheckBackwardData(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        RequireResult(sparse, Operand.Input, sparse.Input);
        RefuseWeightPattern(sparse);
    }

    private void CheckBackwardWeights(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        new ArgumentCheck(Shape).Weights(sparse.Weight, nameof(sparse));
        RequireResult(sparse, Operand.Weight, sparse.Weight);
    }

    private void CheckMasks(SparseOperands sparse)
    {
        if (sparse.Pair == default(OperandPair))
            throw new ArgumentException("sparse.Pair must name two operands, got the default value.", nameof(sparse));
        var check = new ArgumentCheck(Shape);
        check.Input(sparse.Input, $"{nameof(sparse)}.{nameof(sparse.Input)}");
        check.Output(sparse.Output, $"{nameof(sparse)}.{nameof(sparse.Output)}");
        ArgumentCheck.Density(sparse.InputDensity, $"{nameof(sparse)}.{nameof(sparse.InputDensity)}");
        ArgumentCheck.Density(sparse.OutputDensity, $"{nameof(sparse)}.{nameof(sparse.OutputDensity)}");
    }

    private static void RequireResult(SparseOperands sparse, Operand result, object? pattern)
    {
        if (sparse.Pair is { } pair && pair.Contains(result) && pattern is null)
            throw new ArgumentException(
                $"the pair {pair} skips elements of this pass's result; expected sparse.{result} to say which are wanted, got null.",
                nameof(sparse));
    }

    private static void RefuseWeightPattern(SparseOperands sparse)
    {
        if (sparse.Weight is not null)
            throw new ArgumentException("sparse.Weight is for BackwardWeights; this pass takes the zeros of the weights themselves. Expected null.", nameof(sparse));
    }
}
