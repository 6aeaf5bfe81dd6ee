using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Tensors;

public sealed unsafe class BlockedTensorTests
{
    [Theory]
    [InlineData(1, 1, BlockedLayout.ChannelBlocked, 16, 1)]
    [InlineData(2, 16, BlockedLayout.ChannelBlocked, 32, 1)]
    [InlineData(2, 17, BlockedLayout.ChannelBlocked, 64, 2)]
    [InlineData(1, 1, BlockedLayout.BatchBlocked, 16, 1)]
    [InlineData(16, 3, BlockedLayout.BatchBlocked, 48, 1)]
    [InlineData(17, 3, BlockedLayout.BatchBlocked, 96, 1)]
    public void Lengths_EveryLayout_CountWholeBlocks(int n, int c, BlockedLayout layout, int elementsOfAPixel, int channelBlocks)
    {
        using var tensor = new BlockedTensor(n, c, 3, 5, layout);
        Assert.Equal(elementsOfAPixel * 15, tensor.Length);
        Assert.Equal(n * c * 15, tensor.PlainLength);
        Assert.Equal(channelBlocks, tensor.ChannelBlocks);
        Assert.Equal((n, c, 3, 5, layout), (tensor.N, tensor.C, tensor.H, tensor.W, tensor.Layout));
        Assert.Equal(tensor.Length, tensor.AsSpan().Length);
    }

    [Theory]
    [InlineData(1, 1, 7, 7, 1)]
    [InlineData(2, 3, 5, 16, 0)]
    [InlineData(3, 2, 9, 31, 2)]
    public void Construction_Planar_HasRoomForWholeVectorsAndWhatTheyRead(int n, int c, int h, int w, int border)
    {
        using var tensor = new BlockedTensor(n, c, h, w, BlockedLayout.Planar, border);
        Assert.Equal(n * c * h * w, tensor.PlainLength);
        var channel = tensor.Length / (n * c);
        var (first, last) = (tensor.IndexOf(n - 1, c - 1, 0, 0), tensor.IndexOf(n - 1, c - 1, h - 1, w - 1));
        Assert.Equal(0, first % 16);
        Assert.Equal(1, channel / 16 % 2);
        Assert.Equal(w + border, tensor.IndexOf(0, 0, 1, 0) - tensor.IndexOf(0, 0, 0, 0));

        // The last vector of pixels ends at most 15 floats behind the last pixel, and a tap reads from there as far as the border reaches.
        var row = w + border;
        Assert.True(last - first + 15 + (border * row) + border < tensor.Length - first);
        Assert.True((border * row) + border <= first - (tensor.Length - channel));
    }

    [Theory]
    [InlineData(14, 1, 1)]
    [InlineData(28, 1, 1)]
    [InlineData(7, 1, 1)]
    [InlineData(32, 2, 2)]
    [InlineData(56, 0, 0)]
    public void Construction_BatchBlocked_ChannelsStartInSetsOfTheirOwn(int size, int top, int left)
    {
        const int LinesPerWay = 64;
        using var tensor = new BlockedTensor(16, 65, size, size, BlockedLayout.BatchBlocked, new Padding2D(top, 0, left, 0));
        var sets = Enumerable.Range(0, LinesPerWay).Select(c => tensor.IndexOf(0, c, 0, 0) / 16 % LinesPerWay).ToHashSet();
        Assert.Equal(LinesPerWay, sets.Count);

        // Neighbours and next neighbours keep apart, so that windows of a few lines don't meet.
        for (var distance = 1; distance <= 4; distance++)
        {
            var apart = (tensor.IndexOf(0, distance, 0, 0) - tensor.IndexOf(0, 0, 0, 0)) / 16 % LinesPerWay;
            Assert.InRange(Math.Min(apart, LinesPerWay - apart), 9, 32);
        }
    }

    [Theory]
    [InlineData(-1, 0, 0, 0)]
    [InlineData(0, -1, 0, 0)]
    [InlineData(0, 0, -1, 0)]
    [InlineData(0, 0, 0, -1)]
    public void Construction_BorderUnderZero_NamesIt(int top, int bottom, int left, int right) =>
        Assert.Equal(
            "border",
            Assert.Throws<ArgumentOutOfRangeException>(() => new BlockedTensor(1, 1, 1, 1, BlockedLayout.BatchBlocked, new Padding2D(top, bottom, left, right))).ParamName);

    [Fact]
    public void Construction_ChannelBlockedWithBorder_NamesIt() =>
        Assert.Equal("border", Assert.Throws<ArgumentException>(() => new BlockedTensor(1, 1, 1, 1, BlockedLayout.ChannelBlocked, 1)).ParamName);

    [Fact]
    public void IndexOf_Outside_NamesTheIndex()
    {
        using var tensor = new BlockedTensor(2, 3, 4, 5, BlockedLayout.BatchBlocked, 1);
        Assert.Throws<ArgumentOutOfRangeException>("n", () => tensor.IndexOf(2, 0, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>("c", () => tensor.IndexOf(0, 3, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>("h", () => tensor.IndexOf(0, 0, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("w", () => tensor.IndexOf(0, 0, 0, 5));
    }

    [Fact]
    public void Construction_NewTensor_IsZeroAndAlignedTo64Bytes()
    {
        for (var size = 1; size < 40; size += 3)
        {
            using var tensor = new BlockedTensor(1, size, size, 1);
            Assert.Equal(0, (nint)tensor.Pointer % 64);
            Assert.False(tensor.AsSpan().ContainsAnyExcept(0f));
        }
    }

    [Theory]
    [InlineData("n")]
    [InlineData("c")]
    [InlineData("h")]
    [InlineData("w")]
    public void Construction_SizeUnderOne_NamesTheArgument(string argument)
    {
        int Of(string name) => name == argument ? 0 : 2;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BlockedTensor(Of("n"), Of("c"), Of("h"), Of("w")));
        Assert.Equal(argument, error.ParamName);
    }

    [Theory]
    [InlineData(1, 1, 1 << 27, 1, BlockedLayout.ChannelBlocked)]
    [InlineData(1, 1, 1 << 27, 1, BlockedLayout.BatchBlocked)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, BlockedLayout.ChannelBlocked)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, BlockedLayout.BatchBlocked)]
    public void Construction_BlocksBeyondInt_IsRejectedBeforeAllocating(int n, int c, int h, int w, BlockedLayout layout)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BlockedTensor(n, c, h, w, layout));
        Assert.Contains($"at most {int.MaxValue}", error.Message);
    }

    [Fact]
    public void CopyFromNchw_WrongLength_NamesArgumentAndBothLengths()
    {
        using var tensor = new BlockedTensor(1, 2, 3, 4);
        var error = Assert.Throws<ArgumentException>(() => tensor.CopyFromNchw(new float[23]));
        Assert.Equal("source", error.ParamName);
        Assert.Contains("24", error.Message);
        Assert.Contains("23", error.Message);
    }

    [Fact]
    public void CopyToNchw_WrongLength_NamesArgumentAndWritesNothing()
    {
        using var tensor = new BlockedTensor(1, 2, 3, 4);
        var destination = new float[25];
        destination.AsSpan().Fill(7);
        Assert.Equal("destination", Assert.Throws<ArgumentException>(() => tensor.CopyToNchw(destination)).ParamName);
        Assert.DoesNotContain(destination, value => value != 7);
    }

    [Fact]
    public void CopyTo_OtherSizes_NamesBothShapes()
    {
        using var one = new BlockedTensor(1, 2, 3, 4);
        using var other = new BlockedTensor(1, 2, 4, 3);
        var error = Assert.Throws<ArgumentException>(() => one.CopyTo(other));
        Assert.Equal("destination", error.ParamName);
        Assert.Contains("[1, 2, 3, 4]", error.Message);
        Assert.Contains("[1, 2, 4, 3]", error.Message);
    }

    [Fact]
    public void CopyTo_Null_NamesTheArgument()
    {
        using var tensor = new BlockedTensor(1, 1, 1, 1);
        Assert.Equal("destination", Assert.Throws<ArgumentNullException>(() => tensor.CopyTo(null!)).ParamName);
    }

    [Fact]
    public void Dispose_Twice_DoesNothingMore()
    {
        var tensor = new BlockedTensor(1, 1, 1, 1);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.AsSpan());
    }

    [Fact]
    public void Use_AfterDispose_Throws()
    {
        using var alive = new BlockedTensor(1, 1, 1, 1);
        var dead = new BlockedTensor(1, 1, 1, 1);
        dead.Dispose();
        Assert.Throws<ObjectDisposedException>(() => dead.CopyFromNchw([1]));
        Assert.Throws<ObjectDisposedException>(() => dead.CopyToNchw(new float[1]));
        Assert.Throws<ObjectDisposedException>(() => dead.CopyTo(alive));
        Assert.Throws<ObjectDisposedException>(() => alive.CopyTo(dead));
    }

    [Fact]
    public void Copies_BlockedMemoryWithinGuards_StayInside()
    {
        using var tensor = new BlockedTensor(3, 17, 5, 3);
        foreach (var side in Enum.GetValues<GuardSide>())
        {
            var values = RandomTensor.Floats(tensor.PlainLength, seed: 1);
            using var source = new GuardedBuffer(values, side);
            using var destination = new GuardedBuffer(new float[values.Length], side);
            tensor.CopyFromNchw(source.Span);
            tensor.CopyToNchw(destination.Span);
            Expect.Equal(values, destination.Span, $"plain tensor with its guard page {side}");
        }
    }
}
