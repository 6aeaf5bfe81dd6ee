namespace SparseKernels.Reference;

/// <summary>
/// The three passes as plain loops over their definition, each sum in double precision: the truth that every kernel is tested
/// against, and a readable statement of what they compute. Slow by design.
/// </summary>
/// <remarks>
/// <c>h = p·strideH + r·dilationH − padTop</c> and <c>w = q·strideW + s·dilationW − padLeft</c>; terms outside the image are zero.
/// Nothing is skipped here: 0·∞ is NaN.
/// </remarks>
internal static class ReferenceConvolution
{
    /// <summary><c>y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n,c,h,w] · w[k,c,r,s]</c>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    public static void Forward(
        ConvolutionShape shape, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y)
    {
        var sum = new double[shape.OutputLength];
        if (!bias.IsEmpty)
        {
            for (var i = 0; i < sum.Length; i++) sum[i] = bias[i / (shape.P * shape.Q) % shape.K];
        }

        var terms = new ForwardTerms(x, w, sum);
        Visit(shape, ref terms);
        for (var i = 0; i < sum.Length; i++) y[i] = (float)sum[i];
    }

    /// <summary><c>dx[n,c,h,w] = Σ_{k,r,s} dy[n,k,p,q] · w[k,c,r,s]</c>, the adjoint of Forward in x.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    public static void BackwardData(ConvolutionShape shape, ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx)
    {
        var sum = new double[shape.InputLength];
        var terms = new BackwardDataTerms(dy, w, sum);
        Visit(shape, ref terms);
        for (var i = 0; i < sum.Length; i++) dx[i] = (float)sum[i];
    }

    /// <summary><c>dw[k,c,r,s] = Σ_{n,p,q} x[n,c,h,w] · dy[n,k,p,q]</c> and <c>dbias[k] = Σ_{n,p,q} dy[n,k,p,q]</c>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    public static void BackwardWeights(
        ConvolutionShape shape, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias)
    {
        var sum = new double[shape.WeightLength];
        var terms = new BackwardWeightsTerms(x, dy, sum);
        Visit(shape, ref terms);
        for (var i = 0; i < sum.Length; i++) dw[i] = (float)sum[i];
        if (dbias.IsEmpty) return;
        var biasSum = new double[shape.K];
        for (var i = 0; i < dy.Length; i++) biasSum[i / (shape.P * shape.Q) % shape.K] += dy[i];
        for (var k = 0; k < shape.K; k++) dbias[k] = (float)biasSum[k];
    }

    /// <summary>What a pass does with one product, given the offsets of its x, w and y.</summary>
    private interface ITerms
    {
        void Add(int x, int w, int y);
    }

    /// <summary>Every product of the convolution, the seven loops of the definition.</summary>
    private static void Visit<TTerms>(ConvolutionShape shape, ref TTerms terms)
        where TTerms : struct, ITerms, allows ref struct
    {
        for (var n = 0; n < shape.N; n++)
            for (var k = 0; k < shape.K; k++)
                for (var p = 0; p < shape.P; p++)
                    for (var q = 0; q < shape.Q; q++)
                        for (var c = 0; c < shape.GroupC; c++)
                            for (var r = 0; r < shape.R; r++)
                                for (var s = 0; s < shape.S; s++)
                                {
                                    var h = p * shape.Stride.Height + r * shape.Dilation.Height - shape.Padding.Top;
                                    var w = q * shape.Stride.Width + s * shape.Dilation.Width - shape.Padding.Left;
                                    if ((uint)h >= (uint)shape.H || (uint)w >= (uint)shape.W) continue;
                                    var channel = k / shape.GroupK * shape.GroupC + c;
                                    terms.Add(
                                        ((n * shape.C + channel) * shape.H + h) * shape.W + w,
                                        ((k * shape.GroupC + c) * shape.R + r) * shape.S + s,
                                        ((n * shape.K + k) * shape.P + p) * shape.Q + q);
                                }
    }

    private readonly ref struct ForwardTerms(ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<double> sum) : ITerms
    {
        private readonly ReadOnlySpan<float> _x = x;
        private readonly ReadOnlySpan<float> _w = w;
        private readonly Span<double> _sum = sum;

        public void Add(int x, int w, int y) => _sum[y] += (double)_x[x] * _w[w];
    }

    private readonly ref struct BackwardDataTerms(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<double> sum) : ITerms
    {
        private readonly ReadOnlySpan<float> _dy = dy;
        private readonly ReadOnlySpan<float> _w = w;
        private readonly Span<double> _sum = sum;

        public void Add(int x, int w, int y) => _sum[x] += (double)_dy[y] * _w[w];
    }

    private readonly ref struct BackwardWeightsTerms(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<double> sum) : ITerms
    {
        private readonly ReadOnlySpan<float> _x = x;
        private readonly ReadOnlySpan<float> _dy = dy;
        private readonly Span<double> _sum = sum;

        public void Add(int x, int w, int y) => _sum[w] += (double)_x[x] * _dy[y];
    }
}
