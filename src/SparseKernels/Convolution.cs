namespace SparseKernels;

/// <summary>The door for single calls on plain tensors. Who repeats a shape makes a <see cref="ConvolutionPlan"/>.</summary>
/// <remarks>
/// Semantics of skipping, here and everywhere in the library: a skipped zero contributes nothing, so a kernel may drop
/// 0·∞ and 0·NaN; −0 counts as zero; NaN counts as non-zero.
/// </remarks>
public static class Convolution
{
    /// <summary><c>y = x ∗ w + bias</c>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    public static void Forward(ConvolutionShape shape, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y)
    {
        using var plan = new ConvolutionPlan(shape);
        plan.Forward(x, w, bias, y);
    }
}
