using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.WeightFine;

/// <summary>Runs of output channels of which a mask wants any element of a tile of pixels.</summary>
internal static unsafe class WantedChannels
{
    private const int Block = LaneBlock.Size;

    /// <summary>Integers of the room that <see cref="Find"/> needs for so many channels.</summary>
    public static int Length(int channels) => Blocks(channels) + channels + 1;

    /// <summary>Finds the runs, as pairs of first channel (from <paramref name="firstChannel"/> on) and length.</summary>
    /// <returns>How many runs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Find(FineMask mask, LaneStrips tile, int pixelStep, int firstChannel, int channels, int* room, out int* runs)
    {
        var firstBlock = firstChannel / Block;
        var blocks = (firstChannel + channels - 1) / Block - firstBlock + 1;
        new Span<int>(room, blocks).Clear();
        var plane = mask.H * mask.W;
        foreach (var strip in tile)
        {
            var words = mask.Row(strip.Image, firstBlock, strip.H) + strip.W;
            for (var block = 0; block < blocks; block++, words += plane)
            {
                for (var i = 0; i < strip.Columns; i++) room[block] |= words[i * pixelStep];
            }
        }

        runs = room + Blocks(channels);
        var count = 0;
        var inRun = false;
        for (var k = 0; k < channels; k++)
        {
            var bit = firstChannel % Block + k;
            var wanted = (room[bit / Block] >> (bit % Block) & 1) != 0;
            if (wanted && !inRun) (runs[2 * count], runs[2 * count + 1]) = (k, 0);
            if (wanted) runs[2 * count + 1]++;
            if (!wanted && inRun) count++;
            inRun = wanted;
        }

        return inRun ? count + 1 : count;
    }

    /// <summary>Blocks that so many channels may touch, wherever they start.</summary>
    private static int Blocks(int channels) => LaneBlock.Count(channels) + 1;
}
