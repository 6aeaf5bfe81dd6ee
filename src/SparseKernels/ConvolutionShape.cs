namespace SparseKernels;

/// <summary>
/// The sizes of one two-dimensional convolution: input <c>x [N, C, H, W]</c>, weights <c>w [K, C/Groups, R, S]</c>,
/// output <c>y [N, K, P, Q]</c>. All sizes are in elements. Immutable; equal by value.
/// </summary>
/// <remarks>
/// <c>P = (H + padTop + padBottom − dilationH·(R − 1) − 1) / strideH + 1</c>, rounded down, and <c>Q</c> likewise from
/// <c>W</c>, <c>S</c> and the left and right padding, as PyTorch and oneDNN (dilation 1 there is 0) define them.
/// </remarks>
public sealed record ConvolutionShape
{
    /// <summary>Makes and checks a shape.</summary>
    /// <param name="n">Images in the batch.</param>
    /// <param name="c">Input channels.</param>
    /// <param name="h">Input height.</param>
    /// <param name="w">Input width.</param>
    /// <param name="k">Output channels.</param>
    /// <param name="r">Filter height.</param>
    /// <param name="s">Filter width.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros around the input; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups; <c>groups = c</c> is depthwise.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size, stride, dilation or group count is under 1, or a padding is negative.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="groups"/> does not divide <paramref name="c"/> and <paramref name="k"/>; the dilated filter is larger than
    /// the padded input, so that no output pixel exists; or a tensor would have more than <see cref="int.MaxValue"/> elements.
    /// </exception>
    public ConvolutionShape(
        int n, int c, int h, int w, int k, int r, int s,
        Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, int groups = 1)
    {
        (N, C, H, W, K, R, S, Groups) = (n, c, h, w, k, r, s, groups);
        Stride = stride ?? 1;
        Padding = padding ?? 0;
        Dilation = dilation ?? 1;

        Positive(n, nameof(n), "batch size N");
        Positive(c, nameof(c), "input channels C");
        Positive(h, nameof(h), "input height H");
        Positive(w, nameof(w), "input width W");
        Positive(k, nameof(k), "output channels K");
        Positive(r, nameof(r), "filter height R");
        Positive(s, nameof(s), "filter width S");
        Positive(Stride.Height, nameof(stride), "stride height");
        Positive(Stride.Width, nameof(stride), "stride width");
        Positive(Dilation.Height, nameof(dilation), "dilation height");
        Positive(Dilation.Width, nameof(dilation), "dilation width");
        Positive(groups, nameof(groups), "groups");
        if (Padding.Top < 0 || Padding.Bottom < 0 || Padding.Left < 0 || Padding.Right < 0)
            throw new ArgumentOutOfRangeException(nameof(padding), $"padding must be 0 or more on every side, got {Padding}.");
        if (c % groups != 0)
            throw new ArgumentException($"groups must divide the input channels: C = {c}, groups = {groups}.", nameof(groups));
        if (k % groups != 0)
            throw new ArgumentException($"groups must divide the output channels: K = {k}, groups = {groups}.", nameof(groups));

        P = Outputs(h, Padding.Top, Padding.Bottom, r, Dilation.Height, Stride.Height, "height", nameof(r));
        Q = Outputs(w, Padding.Left, Padding.Right, s, Dilation.Width, Stride.Width, "width", nameof(s));
        InputLength = Length("input x", n, c, h, w, nameof(n));
        WeightLength = Length("weights w", k, c / groups, r, s, nameof(k));
        OutputLength = Length("output y", n, k, P, Q, P > h || Q > w ? nameof(padding) : nameof(n));
    }

    /// <summary>Images in the batch.</summary>
    public int N { get; }

    /// <summary>Input channels.</summary>
    public int C { get; }

    /// <summary>Input height.</summary>
    public int H { get; }

    /// <summary>Input width.</summary>
    public int W { get; }

    /// <summary>Output channels.</summary>
    public int K { get; }

    /// <summary>Filter height.</summary>
    public int R { get; }

    /// <summary>Filter width.</summary>
    public int S { get; }

    /// <summary>Step between output pixels.</summary>
    public Size2D Stride { get; }

    /// <summary>Zeros around the input.</summary>
    public Padding2D Padding { get; }

    /// <summary>Step between filter taps; 1 means none.</summary>
    public Size2D Dilation { get; }

    /// <summary>Channel groups.</summary>
    public int Groups { get; }

    /// <summary>Output height.</summary>
    public int P { get; }

    /// <summary>Output width.</summary>
    public int Q { get; }

    /// <summary>Elements of <c>x</c> and <c>dx</c>: N·C·H·W.</summary>
    public int InputLength { get; }

    /// <summary>Elements of <c>w</c> and <c>dw</c>: K·(C/Groups)·R·S.</summary>
    public int WeightLength { get; }

    /// <summary>Elements of <c>y</c> and <c>dy</c>: N·K·P·Q.</summary>
    public int OutputLength { get; }

    /// <summary>Input channels of one group.</summary>
    public int GroupC => C / Groups;

    /// <summary>Output channels of one group.</summary>
    public int GroupK => K / Groups;

    /// <summary>Whether every group has one input and one output channel.</summary>
    public bool IsDepthwise => GroupC == 1 && GroupK == 1;

    /// <summary>
    /// Multiplications of one dense pass, padding counted as data: N·K·P·Q·(C/Groups)·R·S. Twice that are its floating-point operations.
    /// </summary>
    public long MultiplyAdds => (long)OutputLength * GroupC * R * S;

    /// <summary>The same convolution for another batch size.</summary>
    /// <param name="n">Images in the batch.</param>
    /// <returns>A new shape.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is under 1.</exception>
    /// <exception cref="ArgumentException">A tensor would have more than <see cref="int.MaxValue"/> elements.</exception>
    public ConvolutionShape WithBatch(int n) => n == N ? this : new(n, C, H, W, K, R, S, Stride, Padding, Dilation, Groups);

    /// <summary>A readable line: input, weights, output and every setting that isn't its default.</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var text = $"x [{N}, {C}, {H}, {W}] * w [{K}, {GroupC}, {R}, {S}] -> y [{N}, {K}, {P}, {Q}]";
        if (Stride != 1) text += $", stride {Stride}";
        if (Padding != 0) text += $", padding {Padding}";
        if (Dilation != 1) text += $", dilation {Dilation}";
        if (Groups != 1) text += $", groups {Groups}";
        return text;
    }

    private static void Positive(int value, string argument, string what)
    {
        if (value < 1) throw new ArgumentOutOfRangeException(argument, $"{what} must be 1 or more, got {value}.");
    }

    private static int Outputs(int size, int before, int after, int taps, int dilation, int stride, string direction, string argument)
    {
        var padded = (long)size + before + after;
        if (padded > int.MaxValue)
        {
            throw new ArgumentException(
                $"the padded input's {direction} must be at most {int.MaxValue}, got {padded} ({size} + padding {before} + {after}).", "padding");
        }

        var reach = (long)dilation * (taps - 1) + 1;
        if (reach > padded)
        {
            throw new ArgumentException(
                $"the filter's {direction} of {reach} (taps {taps}, dilation {dilation}) must fit the padded input's {direction} of " +
                $"{padded} ({size} + padding {before} + {after}).", argument);
        }

        return (int)((padded - reach) / stride) + 1;
    }

    private static int Length(string tensor, int a, int b, int c, int d, string argument)
    {
        var length = (Int128)a * b * c * d;
        return length <= int.MaxValue
            ? (int)length
            : throw new ArgumentException($"{tensor} [{a}, {b}, {c}, {d}] has {length} elements; at most {int.MaxValue} are supported.", argument);
    }
}
