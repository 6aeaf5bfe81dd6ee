using SparseKernels.Memory;
using Xunit;

namespace SparseKernels.Tests.Memory;

public sealed unsafe class AlignedBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(100_003)]
    public void Construction_AnyLength_IsZeroedAndAligned(int length)
    {
        using var buffer = new AlignedBuffer(length);
        Assert.Equal(length, buffer.Length);
        Assert.Equal(0, (nint)buffer.Pointer % 64);
        Assert.False(new Span<float>(buffer.Pointer, length).ContainsAnyExcept(0f));
    }

    [Fact]
    public void Construction_NegativeLength_NamesTheArgument() =>
        Assert.Equal("length", Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer(-1)).ParamName);

    [Fact]
    public void Pointer_AfterDispose_Throws()
    {
        var buffer = new AlignedBuffer(4);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)buffer.Pointer);
    }
}
