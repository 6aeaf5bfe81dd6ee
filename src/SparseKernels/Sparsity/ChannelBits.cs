using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseKernels.Sparsity;

/// <summary>
/// Turns mask words, one for each pixel with a bit for each of 16 channels, into bitmaps over the pixels, one for each channel.
/// </summary>
internal static unsafe class ChannelBits
{
    private const int PixelsAtOnce = 16;

    /// <summary>Bit i % 16 of <c>bits[channel · step + i / 16]</c> becomes bit <c>channel</c> of <c>words[i]</c>.</summary>
    /// <param name="words">The words.</param>
    /// <param name="pixels">How many, a multiple of 16.</param>
    /// <param name="bits">16 bitmaps.</param>
    /// <param name="step">Words of 16 pixels from one channel's bitmap to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(ushort* words, int pixels, ushort* bits, int step)
    {
        var lowByte = Vector128.Create((ushort)0xFF);
        for (var i = 0; i < pixels; i += PixelsAtOnce, bits++)
        {
            var (a, b) = (Vector128.Load(words + i), Vector128.Load(words + i + 8));
            var low = Vector128.Narrow(a & lowByte, b & lowByte);
            var high = Vector128.Narrow(a >> 8, b >> 8);
            for (var channel = 7; channel >= 0; channel--)
            {
                bits[channel * step] = (ushort)low.ExtractMostSignificantBits();
                bits[(channel + 8) * step] = (ushort)high.ExtractMostSignificantBits();
                (low, high) = (low + low, high + high);
            }
        }
    }
}
