using System.Numerics.Tensors;

namespace SparseKernels;

/// <summary>
/// The door for single calls on plain tensors. Each call makes a <see cref="ConvolutionPlan"/>; who repeats a shape makes one and
/// keeps it.
/// </summary>
/// <remarks>
/// Semantics of skipping, here and everywhere in the library: a skipped zero contributes nothing, so a kernel may drop 0·∞ and
/// 0·NaN; −0 counts as zero; NaN counts as non-zero.
/// </remarks>
public static class SparseConvolution
{
    /// <summary>
    /// <c>y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n,c,h,w] · w[k,c,r,s]</c>; see
    /// <see cref="ConvolutionPlan.Forward(ReadOnlySpan{float},ReadOnlySpan{float},ReadOnlySpan{float},Span{float})"/>.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or <paramref name="y"/> overlaps another argument.</exception>
    public static void Forward(
        ConvolutionShape shape, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y)
    {
        using var plan = new ConvolutionPlan(shape);
        plan.Forward(x, w, bias, y);
    }

    /// <summary><c>dx[n,c,h,w] = Σ_{k,r,s} dy[n,k,p,q] · w[k,c,r,s]</c> over the outputs that read (h, w).</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or <paramref name="dx"/> overlaps another argument.</exception>
    public static void BackwardData(ConvolutionShape shape, ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx)
    {
        using var plan = new ConvolutionPlan(shape);
        plan.BackwardData(dy, w, dx);
    }

    /// <summary><c>dw[k,c,r,s] = Σ_{n,p,q} x[n,c,h,w] · dy[n,k,p,q]</c> and <c>dbias[k] = Σ_{n,p,q} dy[n,k,p,q]</c>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or a result overlaps another argument.</exception>
    public static void BackwardWeights(
        ConvolutionShape shape, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias)
    {
        using var plan = new ConvolutionPlan(shape);
        plan.BackwardWeights(x, dy, dw, dbias);
    }

    /// <summary>Forward on dense tensors; N, C, H, W, K, R, S come from their lengths.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or an empty span for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros around the input; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <exception cref="ArgumentException">A tensor isn't four-dimensional and dense, or its lengths don't fit the others.</exception>
    public static void Forward(
        in ReadOnlyTensorSpan<float> x, in ReadOnlyTensorSpan<float> w, ReadOnlySpan<float> bias, in TensorSpan<float> y,
        Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, int groups = 1)
    {
        var shape = DenseTensors.ShapeOf(x, nameof(x), w, nameof(w), y, nameof(y), stride, padding, dilation, groups);
        Forward(shape, DenseTensors.Read(x, nameof(x)), DenseTensors.Read(w, nameof(w)), bias, DenseTensors.Write(y, nameof(y)));
    }

    /// <summary>BackwardData on dense tensors; the sizes come from their lengths.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros around the input; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <exception cref="ArgumentException">A tensor isn't four-dimensional and dense, or its lengths don't fit the others.</exception>
    public static void BackwardData(
        in ReadOnlyTensorSpan<float> dy, in ReadOnlyTensorSpan<float> w, in TensorSpan<float> dx,
        Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, int groups = 1)
    {
        var shape = DenseTensors.ShapeOf(dx, nameof(dx), w, nameof(w), dy, nameof(dy), stride, padding, dilation, groups);
        BackwardData(shape, DenseTensors.Read(dy, nameof(dy)), DenseTensors.Read(w, nameof(w)), DenseTensors.Write(dx, nameof(dx)));
    }

    /// <summary>BackwardWeights on dense tensors; the sizes come from their lengths.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros around the input; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <exception cref="ArgumentException">A tensor isn't four-dimensional and dense, or its lengths don't fit the others.</exception>
    public static void BackwardWeights(
        in ReadOnlyTensorSpan<float> x, in ReadOnlyTensorSpan<float> dy, in TensorSpan<float> dw, Span<float> dbias,
        Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, int groups = 1)
    {
        var shape = DenseTensors.ShapeOf(x, nameof(x), dw, nameof(dw), dy, nameof(dy), stride, padding, dilation, groups);
        BackwardWeights(
            shape, DenseTensors.Read(x, nameof(x)), DenseTensors.Read(dy, nameof(dy)), DenseTensors.Write(dw, nameof(dw)), dbias);
    }
}
