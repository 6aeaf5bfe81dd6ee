using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.InPlaceWeightFine;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Passes.InPlaceWeightFine;

public sealed class InPlaceWeightFineTilingTests
{
    private const int Size = 30;
    private const int Channels = 8;

    [Fact]
    public void Ahead_TensorsUpToHalfOfL2_AreNotAskedFor() => Assert.Null(Tiling(groups: 1, isLarge: false).Ahead);

    [Fact]
    public void Ahead_LargerTensors_AreAskedForWhereTheProcessorCan() => Assert.Equal(Ahead.IsSupported, Tiling(groups: 1, isLarge: true).Ahead is not null);

    /// <summary>Whose lists are all groups' has no group's channels side by side.</summary>
    [Fact]
    public void Ahead_JoinedGroups_AreNotAskedFor() => Assert.Null(Tiling(groups: Channels, isLarge: true).Ahead);

    [Theory]
    [InlineData(64, 64, 64, 64)]
    [InlineData(64, 65, 65, 33)]
    [InlineData(65, 64, 64, 32)]
    [InlineData(100, 500, 500, 46)]
    [InlineData(100, 500, 30, 30)]
    public void SegmentOf_Channels_CutsEvenlyWhereThereAreMany(int inputs, int outputs, int channels, int segment) =>
        Assert.Equal(segment, Of(new ConvolutionShape(16, inputs, 9, 9, outputs, 1, 1)).SegmentOf(channels));

    [Fact]
    public void SegmentOf_InputOfATileThatL2HoldsNot_IsAllChannels()
    {
        var most = MachineTopology.L2Bytes / (LaneBlock.Size * sizeof(float));
        Assert.Equal(500, Of(new ConvolutionShape(16, most, 9, 9, 500, 1, 1)).SegmentOf(500));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(300)]
    [InlineData(700)]
    [InlineData(100_000)]
    public void EndOfStrip_AnyRun_IsTheEndOfOneOfItsTiles(int inputs)
    {
        var tiling = Of(new ConvolutionShape(16, inputs, 5, 100, 70, 1, 1));
        var ends = new List<int>();
        for (var end = 0; end < 500;) ends.Add(end += tiling.Tiles.Next(500 - end));
        var most = Math.Max(tiling.Tiles.Largest, MachineTopology.L2Bytes / 6 / (inputs * LaneBlock.Size * sizeof(float)));
        var start = 0;
        while (start < 500)
        {
            var end = tiling.EndOfStrip(start, 500);
            Assert.Contains(end, ends);
            Assert.InRange(end - start, 1, most);
            start = end;
        }

        Assert.Equal(500, start);
    }

    private static InPlaceWeightFineTiling Of(ConvolutionShape shape)
    {
        var geometry = TapGeometry.Forward(shape, BlockedLayout.BatchBlocked);
        var strides = PlaneStrides.Of(BlockedLayout.BatchBlocked, shape.H, shape.W, geometry.Border);
        return new InPlaceWeightFineTiling(new TensorPlaces(geometry, strides), InstructionSetKind.Avx2, threads: 1);
    }

    private static InPlaceWeightFineTiling Tiling(int groups, bool isLarge)
    {
        var ofBlock = LaneBlock.Size * Channels * Size * Size * sizeof(float);
        var blocks = isLarge ? (MachineTopology.L2Bytes / 2 / ofBlock) + 1 : 1;
        var size = isLarge ? Size : 2;
        var shape = new ConvolutionShape(blocks * LaneBlock.Size, Channels, size, size, Channels, 3, 3, padding: 1, groups: groups);
        var geometry = TapGeometry.Forward(shape, BlockedLayout.BatchBlocked);
        var strides = PlaneStrides.Of(BlockedLayout.BatchBlocked, size, size, geometry.Border);
        return new InPlaceWeightFineTiling(new TensorPlaces(geometry, strides), InstructionSetKind.Avx2, threads: 1);
    }
}
