using SparseKernels.Isa;
using SparseKernels.Kernels;

namespace SparseKernels.Geometry;

/// <summary>A few blocks of output lanes that one kernel call computes.</summary>
/// <param name="FirstLane">Its first lane in the group, a multiple of 16.</param>
/// <param name="Width">Its lanes, a multiple of 16.</param>
internal readonly record struct OutputPanel(int FirstLane, int Width)
{
    /// <summary>Cuts a group's output channels into the widest panels the instruction set's kernels have, narrower ones last.</summary>
    public static OutputPanel[] Split(int channels, InstructionSetKind isa)
    {
        var panels = new List<OutputPanel>();
        var blocks = LaneBlock.Count(channels);
        for (var block = 0; block < blocks;)
        {
            var width = KernelTable.PanelWidth(isa, blocks - block);
            panels.Add(new OutputPanel(block * LaneBlock.Size, width));
            block += width / LaneBlock.Size;
        }

        return panels.ToArray();
    }
}
