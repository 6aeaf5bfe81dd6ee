using FsCheck;
using FsCheck.Fluent;
using SparseKernels.TestSupport;

namespace SparseKernels.Tests.Support;

/// <summary>
/// Generated shapes of every kind that a kernel treats differently: sizes around multiples of 16, rectangular and even filters,
/// each side its own padding (larger than the filter too), strides, dilations, groups, depthwise, and long rows or many channels
/// that fill whole register tiles.
/// </summary>
internal static class ConvolutionShapes
{
    private static readonly int[] s_batches = [1, 1, 1, 2, 2, 3, 15, 16, 17, 33];
    private static readonly int[] s_channels = [1, 2, 3, 5, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65];
    private static readonly int[] s_groupChannels = [1, 1, 2, 3, 4, 7, 8, 15, 16, 17, 32];
    private static readonly (int R, int S)[] s_filters = [(1, 1), (3, 3), (3, 3), (5, 5), (7, 7), (1, 3), (3, 1), (2, 2), (1, 7), (4, 3)];
    private static readonly int[] s_images = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 19, 28, 29, 33];

    /// <summary>Products of one pass at most: what the reference loops do in a few milliseconds.</summary>
    private static readonly long s_budget = TestScale.IsSmall ? 100_000 : 1_000_000;

    /// <summary>The generator, with a shrinker that steps towards <c>[1, 1, 1, 1]</c>, one tap, and no settings.</summary>
    public static Arbitrary<ConvolutionShape> Arbitrary() => Arb.From(Shapes, Simpler);

    private static Gen<ConvolutionShape> Shapes =>
        from n in Gen.Elements(s_batches)
        from channels in Gen.OneOf(Dense, Grouped, Depthwise)
        from filter in Gen.Elements(s_filters)
        from stride in Pairs(1, 1, 1, 2, 2, 3)
        from dilation in Pairs(1, 1, 1, 1, 2, 3)
        from padding in Paddings(filter.R, filter.S, dilation)
        from h in Gen.Elements(s_images)
        from w in Gen.Elements(s_images)
        select Fit(n, channels, h, w, filter, stride, padding, dilation);

    private static Gen<(int C, int K, int Groups)> Dense =>
        from c in Gen.Elements(s_channels)
        from k in Gen.Elements(s_channels)
        select (c, k, 1);

    private static Gen<(int C, int K, int Groups)> Grouped =>
        from groups in Gen.Choose(2, 5)
        from c in Gen.Elements(s_groupChannels)
        from k in Gen.Elements(s_groupChannels)
        select (c * groups, k * groups, groups);

    private static Gen<(int C, int K, int Groups)> Depthwise =>
        from c in Gen.Elements(s_channels)
        from multiplier in Gen.Elements(1, 1, 1, 2, 3)
        select (c, c * multiplier, c);

    private static Gen<Size2D> Pairs(params int[] values) =>
        from height in Gen.Elements(values)
        from width in Gen.Elements(values)
        select new Size2D(height, width);

    private static Gen<Padding2D> Paddings(int r, int s, Size2D dilation)
    {
        var reach = new Size2D((r - 1) * dilation.Height + 1, (s - 1) * dilation.Width + 1);
        var same = Gen.Constant(new Padding2D(reach.Height / 2, reach.Height / 2, reach.Width / 2, reach.Width / 2));
        var any =
            from top in Gen.Choose(0, reach.Height + 2)
            from bottom in Gen.Choose(0, reach.Height + 2)
            from left in Gen.Choose(0, reach.Width + 2)
            from right in Gen.Choose(0, reach.Width + 2)
            select new Padding2D(top, bottom, left, right);
        return Gen.OneOf(Gen.Constant(default(Padding2D)), same, any);
    }

    /// <summary>
    /// Grows an image that is smaller than the filter, then cuts what is needed to stay in the budget: rows, batch and at last
    /// columns and channels, so that long rows and full register tiles survive; half of the cases keep their rows longer than their batch.
    /// </summary>
    private static ConvolutionShape Fit(
        int n, (int C, int K, int Groups) channels, int h, int w, (int R, int S) filter, Size2D stride, Padding2D padding, Size2D dilation)
    {
        var smallestH = Math.Max(1, (filter.R - 1) * dilation.Height + 1 - padding.Top - padding.Bottom);
        var smallestW = Math.Max(1, (filter.S - 1) * dilation.Width + 1 - padding.Left - padding.Right);
        (h, w) = (Math.Max(h, smallestH), Math.Max(w, smallestW));
        var batchFirst = (h + w) % 2 == 0;
        while (true)
        {
            var shape = new ConvolutionShape(
                n, channels.C, h, w, channels.K, filter.R, filter.S, stride, padding, dilation, channels.Groups);
            if (shape.MultiplyAdds <= s_budget) return shape;
            if (batchFirst && n > 1) n = n > 2 ? 2 : 1;
            else if (h > smallestH) h = Math.Max(smallestH, h / 2);
            else if (n > 1) n = n > 2 ? 2 : 1;
            else if (w > smallestW) w = Math.Max(smallestW, w / 2);
            else if (channels.C > channels.Groups) channels.C = channels.C / channels.Groups / 2 * channels.Groups;
            else if (channels.K > channels.Groups) channels.K = channels.K / channels.Groups / 2 * channels.Groups;
            else stride = new(stride.Height + 1, stride.Width + 1);
        }
    }

    private static IEnumerable<ConvolutionShape> Simpler(ConvolutionShape shape)
    {
        foreach (var n in Smaller(shape.N)) yield return shape.WithBatch(n);
        foreach (var groups in Smaller(shape.Groups))
            if (Try(shape, c: groups * shape.GroupC, k: groups * shape.GroupK, groups: groups) is { } s) yield return s;
        foreach (var c in Smaller(shape.GroupC)) if (Try(shape, c: c * shape.Groups) is { } s) yield return s;
        foreach (var k in Smaller(shape.GroupK)) if (Try(shape, k: k * shape.Groups) is { } s) yield return s;
        foreach (var h in Smaller(shape.H)) if (Try(shape, h: h) is { } s) yield return s;
        foreach (var w in Smaller(shape.W)) if (Try(shape, w: w) is { } s) yield return s;
        foreach (var r in Smaller(shape.R)) if (Try(shape, r: r) is { } s) yield return s;
        foreach (var taps in Smaller(shape.S)) if (Try(shape, s: taps) is { } s) yield return s;
        if (shape.Stride != 1 && Try(shape, stride: 1) is { } unstrided) yield return unstrided;
        if (shape.Dilation != 1 && Try(shape, dilation: 1) is { } undilated) yield return undilated;
        if (shape.Padding != 0 && Try(shape, padding: 0) is { } unpadded) yield return unpadded;
        var p = shape.Padding;
        foreach (var top in Smaller(p.Top + 1)) if (Try(shape, padding: p with { Top = top - 1 }) is { } s) yield return s;
        foreach (var bottom in Smaller(p.Bottom + 1)) if (Try(shape, padding: p with { Bottom = bottom - 1 }) is { } s) yield return s;
        foreach (var left in Smaller(p.Left + 1)) if (Try(shape, padding: p with { Left = left - 1 }) is { } s) yield return s;
        foreach (var right in Smaller(p.Right + 1)) if (Try(shape, padding: p with { Right = right - 1 }) is { } s) yield return s;
    }

    private static IEnumerable<int> Smaller(int value)
    {
        if (value > 1) yield return 1;
        if (value > 3) yield return value / 2;
        if (value > 2) yield return value - 1;
    }

    private static ConvolutionShape? Try(
        ConvolutionShape old, int? c = null, int? k = null, int? h = null, int? w = null, int? r = null, int? s = null,
        Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null, int? groups = null)
    {
        try
        {
            return new ConvolutionShape(
                old.N, c ?? old.C, h ?? old.H, w ?? old.W, k ?? old.K, r ?? old.R, s ?? old.S,
                stride ?? old.Stride, padding ?? old.Padding, dilation ?? old.Dilation, groups ?? old.Groups);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
