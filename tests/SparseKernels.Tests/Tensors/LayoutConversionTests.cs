using FsCheck;
using FsCheck.Fluent;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Tensors;

public sealed class LayoutConversionTests
{
    private readonly record struct Sizes(int N, int C, int H, int W);

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
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

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked)]
    [InlineData(BlockedLayout.BatchBlocked, BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.ChannelBlocked, BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked, BlockedLayout.BatchBlocked)]
    public void CopyTo_BetweenLayouts_EqualsPackingDirectly(BlockedLayout from, BlockedLayout to) =>
        GeneratedCases.Check(AnySizes, 100, sizes =>
        {
            using var source = Pack(sizes, from, out var plain);
            using var destination = new BlockedTensor(sizes.N, sizes.C, sizes.H, sizes.W, to);
            source.CopyTo(destination);
            Expect.SameBits(Definition(sizes, to, plain), destination.AsSpan(), $"{sizes} {from} to {to}");
        });

    private static Arbitrary<Sizes> AnySizes { get; } = Arb.From(
        from n in Gen.Elements(1, 2, 3, 15, 16, 17, 31, 33)
        from c in Gen.Elements(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64)
        from h in Gen.Elements(1, 2, 3, 5, 7, 8)
        from w in Gen.Elements(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17)
        select new Sizes(n, c, h, w));

    private static BlockedTensor Pack(Sizes sizes, BlockedLayout layout, out float[] plain)
    {
        var tensor = new BlockedTensor(sizes.N, sizes.C, sizes.H, sizes.W, layout);
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

    /// <summary>The layout as its documentation defines it, lanes past the end zero.</summary>
    private static float[] Definition(Sizes sizes, BlockedLayout layout, float[] plain)
    {
        var (n, c, h, w) = sizes;
        var (outer, inner) = layout == BlockedLayout.ChannelBlocked ? (n, (c + 15) / 16) : ((n + 15) / 16, c);
        var blocked = new float[outer * inner * h * w * 16];
        for (var i = 0; i < plain.Length; i++)
        {
            var (image, channel, pixel) = (i / (c * h * w), i / (h * w) % c, i % (h * w));
            var (row, column, lane) = layout == BlockedLayout.ChannelBlocked
                ? (image, channel / 16, channel % 16)
                : (image / 16, channel, image % 16);
            blocked[((row * inner + column) * h * w + pixel) * 16 + lane] = plain[i];
        }

        return blocked;
    }
}
