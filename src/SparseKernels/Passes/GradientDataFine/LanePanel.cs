using SparseKernels.Isa;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>A few blocks of 16 lanes of a group's vector operand, packed side by side.</summary>
/// <param name="FirstBlock">Its first block in the group.</param>
/// <param name="Blocks">Its blocks, a power of two.</param>
internal readonly record struct LanePanel(int FirstBlock, int Blocks)
{
    public int FirstLane => FirstBlock * LaneBlock.Size;

    public int Width => Blocks * LaneBlock.Size;

    /// <summary>Cuts blocks into panels of at most <paramref name="widest"/> of them, narrower ones last.</summary>
    public static LanePanel[] Split(int blocks, int widest)
    {
        var panels = new List<LanePanel>();
        for (var block = 0; block < blocks;)
        {
            var width = widest;
            while (width > blocks - block) width /= 2;
            panels.Add(new LanePanel(block, width));
            block += width;
        }

        return panels.ToArray();
    }
}
