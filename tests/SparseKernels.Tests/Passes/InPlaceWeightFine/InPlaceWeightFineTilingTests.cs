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
