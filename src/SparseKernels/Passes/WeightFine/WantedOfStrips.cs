using System.Runtime.CompilerServices;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.WeightFine;

/// <summary>The channels that a mask wants of a tile made of strips.</summary>
internal static unsafe class WantedOfStrips
{
    /// <summary>Finds the runs, as <see cref="WantedChannels.Runs"/> gives them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Find(FineMask mask, LaneStrips tile, int pixelStep, int firstChannel, int channels, int* room, out int* runs)
    {
        var (firstBlock, blocks) = WantedChannels.Clear(firstChannel, channels, room);
        var plane = mask.H * mask.W;
        foreach (var strip in tile)
        {
            var words = mask.Row(strip.Image, firstBlock, strip.H) + strip.W;
            for (var block = 0; block < blocks; block++, words += plane)
            {
                for (var i = 0; i < strip.Columns; i++) room[block] |= words[i * pixelStep];
            }
        }

        return WantedChannels.Runs(firstChannel, channels, room, out runs);
    }
}
