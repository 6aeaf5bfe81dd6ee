using SparseKernels.Isa;

namespace SparseKernels.Passes.Lists;

/// <summary>Runs of output channels of which a mask wants any element of a tile of pixels.</summary>
internal static unsafe class WantedChannels
{
    private const int Block = LaneBlock.Size;

    /// <summary>Integers of the room that the search needs for so many channels: the words of their blocks, then the runs.</summary>
    public static int Length(int channels) => Blocks(channels) + channels + 1;

    /// <summary>The blocks of 16 channels that some channels touch; the room's first words are theirs, clear.</summary>
    /// <param name="firstChannel">The first channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="room">The room.</param>
    public static (int First, int Count) Clear(int firstChannel, int channels, int* room)
    {
        var first = firstChannel / Block;
        var count = (firstChannel + channels - 1) / Block - first + 1;
        new Span<int>(room, count).Clear();
        return (first, count);
    }

    /// <summary>
    /// The runs of channels whose bits are set in the words of their blocks, as pairs of first channel (from
    /// <paramref name="firstChannel"/> on) and length.
    /// </summary>
    /// <returns>How many runs.</returns>
    public static int Runs(int firstChannel, int channels, int* room, out int* runs)
    {
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
