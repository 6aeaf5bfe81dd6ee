using SparseKernels.Sparsity;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public sealed unsafe class ChannelBitsTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(208)]
    public void Transpose_RandomWords_PutsEachBitInItsChannel(int pixels)
    {
        var step = pixels / 16 + 3;
        var random = new Random(pixels);
        var words = new ushort[pixels];
        var bits = new ushort[16 * step];
        foreach (ref var word in words.AsSpan()) word = (ushort)random.Next(1 << 16);
        fixed (ushort* from = words, to = bits) ChannelBits.Transpose(from, pixels, to, step);

        for (var channel = 0; channel < 16; channel++)
        {
            for (var i = 0; i < pixels; i++)
                Assert.True(
                    (words[i] >> channel & 1) == (bits[channel * step + i / 16] >> (i % 16) & 1),
                    $"channel {channel}, pixel {i} of {pixels}");
            for (var i = pixels / 16; i < step; i++) Assert.Equal(0, bits[channel * step + i]);
        }
    }
}
