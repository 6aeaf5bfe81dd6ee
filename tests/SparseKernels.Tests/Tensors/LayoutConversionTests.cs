using FsCheck;
using FsCheck.Fluent;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Tensors;

public sealed class LayoutConversionTests
{
    private readonly record struct Sizes(int N, int C, int H, int W, Padding2D Border);

    public static TheoryData<BlockedLayout> Layouts => [.. Enum.GetValues<BlockedLayout>()];

    public static MatrixTheoryData<BlockedLayout, BlockedLayout> PairsOfLayouts => new(Enum.GetValues<BlockedLayout>(), Enum.GetValues<BlockedLayout>());

    [Theory]
    [MemberData(nameof(Layouts))]
    public void CopyFromNchw_ThenToNchw_IsIdentity(BlockedLayout layout) =>
        GeneratedCases.Check(AnySizes, 200, sizes =>
        {
            using var tensor = Pack(sizes, layout, out var plain);
            Expect.SameBits(plain, Unpack(tensor), $"{sizes}");
        });

    [Fact]
    public void CopyFromNchw_EveryElement_LandsWhereTheLayoutSays() =>
        GeneratedCases.Check(AnySizes, 100, sizes =>
        {
            foreach (var layout in Enum.GetValues<BlockedLayout>())
            {
                using var tensor = Pack(sizes, layout, out var plain);
                Expect.SameBits(Definition(sizes, layout, plain), tensor.AsSpan(), $"{sizes} {layout}");
            }
        });

    [Fact]
    public void CopyFromNchw_SecondTime_KeepsLanesPastTheEndZero() =>
        GeneratedCases.Check(AnySizes, 50, sizes =>
        {
            foreach (var layout in Enum.GetValues<BlockedLayout>())
            {
                using var tensor = Pack(sizes, layout, out _);
                var second = RandomTensor.Floats(tensor.PlainLength, seed: 2);
                tensor.CopyFromNchw(second);
                Expect.SameBits(Definition(sizes, layout, second), tensor.AsSpan(), $"{sizes} {layout}");
            }
        });

    [Fact]
    public void CopyFromNhwc_ThenToNhwc_IsThatOfNchw() =>
        GeneratedCases.Check(AnySizes, 100, sizes =>
        {
            foreach (var layout in Enum.GetValues<BlockedLayout>())
            {
                // Over other values, so that lanes past the end must be written too.
                using var tensor = Pack(sizes, layout, out _);
                if (layout == BlockedLayout.ChannelBlocked) tensor.AsSpan().Fill(float.NaN);
                var second = RandomTensor.Floats(tensor.PlainLength, seed: 2);
                tensor.CopyFromNhwc(Nhwc.Of(second, sizes.C, sizes.H * sizes.W));
                Expect.SameBits(Definition(sizes, layout, second), tensor.AsSpan(), $"{sizes} {layout}");
                var back = new float[second.Length];
                tensor.CopyToNhwc(back);
                Expect.SameBits(second, Nhwc.Back(back, sizes.C, sizes.H * sizes.W), $"{sizes} {layout}");
            }
        });

    [Theory]
    [MemberData(nameof(Layouts))]
    public unsafe void Pack_FewerImagesThanTheTensors_ClearsTheOthersAndUnpacksThose(BlockedLayout layout) =>
        GeneratedCases.Check(AnySizes, 60, sizes =>
        {
            using var tensor = Pack(sizes, layout, out _);
            var images = (sizes.N + 1) / 2;
            var plain = RandomTensor.Floats(images * sizes.C * sizes.H * sizes.W, seed: 3);
            var back = new float[plain.Length];
            fixed (float* from = Nhwc.Of(plain, sizes.C, sizes.H * sizes.W), to = back)
            {
                NhwcConversion.Pack(from, images, tensor, ComputeTopology.FromThreads(2));
                NhwcConversion.Unpack(tensor, to, images, ComputeTopology.FromThreads(2));
            }

            Expect.SameBits(Definition(sizes, layout, [.. plain, .. new float[tensor.PlainLength - plain.Length]]), tensor.AsSpan(), $"{sizes} {layout}");
            Expect.SameBits(plain, Nhwc.Back(back, sizes.C, sizes.H * sizes.W), $"{sizes} {layout}");
        });

    [Theory]
    [MemberData(nameof(PairsOfLayouts))]
    public void CopyTo_BetweenLayouts_EqualsPackingDirectly(BlockedLayout from, BlockedLayout to) =>
        GeneratedCases.Check(AnySizes, 100, sizes =>
        {
            using var source = Pack(sizes, from, out var plain);
            using var destination = Make(sizes, to);
            source.CopyTo(destination);
            Expect.SameBits(Definition(sizes, to, plain), destination.AsSpan(), $"{sizes} {from} to {to}");
        });

    [Theory]
    [InlineData(BlockedLayout.BatchBlocked)]
    [InlineData(BlockedLayout.Planar)]
    public void CopyTo_OtherBorder_KeepsPixelsAndBorders(BlockedLayout layout)
    {
        var plain = RandomTensor.Floats(17 * 5 * 4 * 3, seed: 1);
        using BlockedTensor source = new(17, 5, 4, 3, layout, 1), destination = new(17, 5, 4, 3, layout, new Padding2D(0, 2, 3, 0));
        source.CopyFromNchw(plain);
        source.CopyTo(destination);
        Expect.SameBits(Definition(new(17, 5, 4, 3, destination.Border), layout, plain), destination.AsSpan(), "other border");
    }

    private static Arbitrary<Sizes> AnySizes { get; } = Arb.From(
        from n in Gen.Elements(1, 2, 3, 15, 16, 17, 31, 33)
        from c in Gen.Elements(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64)
        from h in Gen.Elements(1, 2, 3, 5, 7, 8)
        from w in Gen.Elements(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17)
        from border in Gen.Elements<Padding2D>(0, 1, 2, new(0, 1, 2, 0), new(3, 0, 0, 4))
        select new Sizes(n, c, h, w, border));

    private static BlockedTensor Make(Sizes sizes, BlockedLayout layout) =>
        new(sizes.N, sizes.C, sizes.H, sizes.W, layout, layout == BlockedLayout.ChannelBlocked ? 0 : sizes.Border);

    private static BlockedTensor Pack(Sizes sizes, BlockedLayout layout, out float[] plain)
    {
        var tensor = Make(sizes, layout);
        plain = RandomTensor.Floats(tensor.PlainLength, seed: 1);
        tensor.CopyFromNchw(plain);
        return tensor;
    }

    private static float[] Unpack(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }

    /// <summary>The layout as its documentation defines it: lanes past the end, borders and what lies between channels are zero.</summary>
    private static float[] Definition(Sizes sizes, BlockedLayout layout, float[] plain)
    {
        var (n, c, h, w, _) = sizes;
        using var tensor = Make(sizes, layout);
        var blocked = new float[tensor.Length];
        var (channels, pixels) = ((c + 15) / 16, h * w);
        var row = w + Math.Max(sizes.Border.Left, sizes.Border.Right);
        var lanes = layout == BlockedLayout.BatchBlocked ? 16 : 1;
        var channelStep = tensor.Length / ((n + lanes - 1) / lanes * c);

        // Planar images begin at a whole vector.
        var inset = ((sizes.Border.Top * row) + sizes.Border.Left + 15) / 16 * 16;
        for (var i = 0; i < plain.Length; i++)
        {
            var (image, channel, pixel) = (i / (c * pixels), i / pixels % c, i % pixels);
            var inPlane = (pixel / w + sizes.Border.Top) * row + sizes.Border.Left + pixel % w;
            var at = layout switch
            {
                BlockedLayout.ChannelBlocked => ((image * channels + channel / 16) * pixels + pixel) * 16 + channel % 16,
                BlockedLayout.BatchBlocked => (image / 16 * c + channel) * channelStep + inPlane * 16 + image % 16,
                _ => (image * c + channel) * channelStep + inset + pixel / w * row + pixel % w,
            };
            Assert.Equal(at, tensor.IndexOf(image, channel, pixel / w, pixel % w));
            blocked[at] = plain[i];
        }

        return blocked;
    }
}
