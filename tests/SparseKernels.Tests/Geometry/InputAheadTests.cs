using SparseKernels.Geometry;
using SparseKernels.Tensors;
using Xunit;

namespace SparseKernels.Tests.Geometry;

public sealed unsafe class InputAheadTests
{
    private const int Channels = 3;
    private const int Tile = 4;
    private const int Lanes = 16;

    /// <summary>A tile in the middle, and the one behind it: what nobody has read before that one does is what it must be asked for.</summary>
    [Theory]
    [InlineData(3, 3, 1, 1, 1, 1, true)]
    [InlineData(3, 3, 1, 1, 1, 1, false)]
    [InlineData(1, 1, 1, 1, 1, 1, true)]
    [InlineData(1, 1, 2, 2, 1, 1, true)]
    [InlineData(3, 3, 2, 2, 1, 1, true)]
    [InlineData(5, 5, 3, 2, 1, 1, true)]
    [InlineData(2, 4, 1, 2, 1, 1, true)]
    [InlineData(3, 3, 1, 1, 2, 3, true)]
    [InlineData(3, 3, 2, 2, 2, 2, true)]
    [InlineData(3, 3, 2, 2, 3, 3, true)]
    [InlineData(3, 3, 2, 2, 1, 1, false)]
    [InlineData(3, 3, 1, 1, 2, 3, false)]
    public void Offsets_AnyFilter_AreThePixelsThatNoTileBeforeHasRead(
        int r, int s, int strideH, int strideW, int dilationH, int dilationW, bool isForward)
    {
        var shape = new ConvolutionShape(
            20, Channels, 40, 44, Channels, r, s, new Size2D(strideH, strideW), new Padding2D(2, 2, 2, 2), new Size2D(dilationH, dilationW));
        var geometry = isForward ? TapGeometry.Forward(shape, BlockedLayout.BatchBlocked) : TapGeometry.BackwardData(shape, BlockedLayout.BatchBlocked);
        var strides = PlaneStrides.Of(BlockedLayout.BatchBlocked, geometry.InH, geometry.InW, geometry.Border);
        var places = new TensorPlaces(geometry, strides);
        const int Row = 7;
        const int Column = 3;
        HashSet<int> before = [];
        for (var row = 0; row <= Row; row++)
        {
            for (var column = 0; column < (row < Row ? geometry.GridColumns : Column + Tile); column++) before.UnionWith(Read(row, column));
        }

        HashSet<int> expected = [];
        for (var column = Column + Tile; column < Column + (2 * Tile); column++) expected.UnionWith(Read(Row, column));
        expected.ExceptWith(before);

        var ahead = new InputAhead(places);
        HashSet<int> actual = [];
        for (var i = 0; i < ahead.Count; i++)
        {
            for (var vector = 0; vector < Tile; vector++)
                Assert.True(actual.Add(Place(Row, Column) + ((Tile + vector) * places.VectorStep) + ahead.Offsets[i]), "A pixel was asked for twice.");
        }

        Assert.Equal(Tile * ahead.Count, expected.Count);
        Assert.Equal(expected.Order(), actual.Order());

        int Place(int row, int column) => (row * places.RowStep) + (column * places.VectorStep);

        IEnumerable<int> Read(int row, int column) =>
            from tap in geometry.Phases.SelectMany(phase => phase.Taps)
            from c in Enumerable.Range(0, Channels)
            select Place(row, column) + places.Offset(tap) + (c * places.ChannelStep);
    }

    [Fact]
    public void Offsets_Planar_AreNeighbouringVectorsOfTheLowestRow()
    {
        var shape = new ConvolutionShape(1, Channels, 20, 33, Channels, 3, 3, padding: 1);
        var geometry = TapGeometry.Forward(shape, BlockedLayout.Planar);
        var strides = PlaneStrides.Of(BlockedLayout.Planar, 20, 33, geometry.Border);
        var places = new TensorPlaces(geometry, strides);
        var ahead = new InputAhead(places);
        Assert.Equal(Lanes, places.VectorStep);
        Assert.Equal(Channels, ahead.Count);
        for (var c = 0; c < Channels; c++) Assert.Equal((c * strides.Channel) + (2 * strides.Row) + 2, ahead.Offsets[c]);
    }

    /// <summary>A filter of no tap at all, which BackwardData of a far stride has, reads nothing.</summary>
    [Fact]
    public void Offsets_NoTaps_AreNone()
    {
        var shape = new ConvolutionShape(1, 1, 70, 70, 1, 1, 1, new Size2D(65, 65));
        var geometry = TapGeometry.BackwardData(shape, BlockedLayout.BatchBlocked);
        Assert.Equal(0, geometry.TapCount);
        Assert.Equal(0, new InputAhead(new TensorPlaces(geometry, PlaneStrides.Of(BlockedLayout.BatchBlocked, 2, 2, default))).Count);
    }
}
