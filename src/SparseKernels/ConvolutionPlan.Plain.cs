using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;

// The overloads differ in the type of w: no call fits two of them.
#pragma warning disable RS0026

namespace SparseKernels;

// The passes on plain tensors of either order of elements, and those with weights that are packed once.
public sealed unsafe partial class ConvolutionPlan
{
    /// <summary>
    /// As <see cref="Forward(ReadOnlySpan{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/> with x and y in either order of elements.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>, overwritten.</param>
    /// <param name="layout">The order of the elements of x and y.</param>
    /// <param name="sparse">What is known of zeros, and which are skipped; null to let the plan find out.</param>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="y"/> overlaps another argument.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y, PlainLayout layout, SparseOperands? sparse = null)
    {
        CheckForward(x, w, bias, y);
        layout.Require(nameof(layout));
        if (sparse is not null) CheckForward(sparse);
        RunForward(x, w, bias, y, layout, sparse);
    }

    /// <summary>As above with weights that are packed once for many calls.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>, overwritten.</param>
    /// <param name="layout">The order of the elements of x and y.</param>
    /// <param name="sparse">What is known of zeros, and which are skipped; null to let the plan find out.</param>
    /// <exception cref="ArgumentNullException"><paramref name="w"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, the weights belong to another plan, or <paramref name="y"/>
    /// overlaps another argument.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan or the weights are disposed.</exception>
    public void Forward(
        ReadOnlySpan<float> x, PackedWeights w, ReadOnlySpan<float> bias, Span<float> y, PlainLayout layout = PlainLayout.Nchw, SparseOperands? sparse = null)
    {
        CheckForward(x, w, bias, y);
        layout.Require(nameof(layout));
        if (sparse is not null) CheckForward(sparse);
        using var weights = w.Forms.Enter();
        RunForward(x, new CallWeights(w.Forms), bias, y, layout, sparse);
    }

    /// <summary>As <see cref="BackwardData(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/> with dy and dx in either order of elements.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>, overwritten.</param>
    /// <param name="layout">The order of the elements of dy and dx.</param>
    /// <param name="sparse">What is known of zeros, and which are skipped; null to let the plan find out.</param>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="dx"/> overlaps another argument.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx, PlainLayout layout, SparseOperands? sparse = null)
    {
        CheckBackwardData(dy, w, dx);
        layout.Require(nameof(layout));
        if (sparse is not null) CheckBackwardData(sparse);
        RunBackwardData(dy, w, dx, layout, sparse);
    }

    /// <summary>As above with weights that are packed once for many calls.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>, overwritten.</param>
    /// <param name="layout">The order of the elements of dy and dx.</param>
    /// <param name="sparse">What is known of zeros, and which are skipped; null to let the plan find out.</param>
    /// <exception cref="ArgumentNullException"><paramref name="w"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, the weights belong to another plan, or
    /// <paramref name="dx"/> overlaps <paramref name="dy"/>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan or the weights are disposed.</exception>
    public void BackwardData(
        ReadOnlySpan<float> dy, PackedWeights w, Span<float> dx, PlainLayout layout = PlainLayout.Nchw, SparseOperands? sparse = null)
    {
        CheckBackwardData(dy, w, dx);
        layout.Require(nameof(layout));
        if (sparse is not null) CheckBackwardData(sparse);
        using var weights = w.Forms.Enter();
        RunBackwardData(dy, new CallWeights(w.Forms), dx, layout, sparse);
    }

    /// <summary>
    /// As <see cref="BackwardWeights(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, Span{float})"/> with x and dy in either order of elements.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="layout">The order of the elements of x and dy.</param>
    /// <param name="sparse">What is known of zeros, and which are skipped; null to let the plan find out.</param>
    /// <exception cref="ArgumentException">
    /// A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or a result overlaps another argument.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardWeights(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias, PlainLayout layout, SparseOperands? sparse = null)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        layout.Require(nameof(layout));
        if (sparse is not null) CheckBackwardWeights(sparse);
        RunBackwardWeights(x, dy, dw, dbias, layout, sparse);
    }

    private void RunForward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y, PlainLayout layout, SparseOperands? sparse)
    {
        fixed (float* plain = w) RunForward(x, new CallWeights(plain), bias, y, layout, sparse);
    }

    private void RunForward(
        ReadOnlySpan<float> x, in CallWeights w, ReadOnlySpan<float> bias, Span<float> y, PlainLayout layout, SparseOperands? sparse)
    {
        using var passes = _passes.Enter();
        fixed (float* from = x, to = y)
        {
            if (layout == PlainLayout.Nhwc) passes.ForwardNhwc(from, in w, bias, to, sparse);
            else passes.Forward(PlainInput(from), in w, bias, PlainOutput(to), sparse);
        }

        _lastLayout = BlockedLayout.ChannelBlocked;
    }

    private void RunBackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx, PlainLayout layout, SparseOperands? sparse)
    {
        fixed (float* plain = w) RunBackwardData(dy, new CallWeights(plain), dx, layout, sparse);
    }

    private void RunBackwardData(ReadOnlySpan<float> dy, in CallWeights w, Span<float> dx, PlainLayout layout, SparseOperands? sparse)
    {
        using var passes = _passes.Enter();
        fixed (float* from = dy, to = dx)
        {
            if (layout == PlainLayout.Nhwc) passes.BackwardDataNhwc(from, in w, to, sparse);
            else passes.BackwardData(PlainOutput(from), in w, PlainInput(to), sparse);
        }

        _lastLayout = BlockedLayout.ChannelBlocked;
    }

    private void RunBackwardWeights(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias, PlainLayout layout, SparseOperands? sparse)
    {
        using var passes = _passes.Enter();
        fixed (float* input = x, gradient = dy)
        {
            if (layout == PlainLayout.Nhwc) passes.BackwardWeightsNhwc(input, gradient, dw, dbias, sparse);
            else passes.BackwardWeights(PlainInput(input), PlainOutput(gradient), dw, dbias, sparse);
        }

        _lastLayout = BlockedLayout.ChannelBlocked;
    }
}
