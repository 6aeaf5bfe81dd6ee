using System.Globalization;
using SparseKernels.Isa;
using SparseKernels.Kernels;

namespace SparseKernels.Cli.Describe;

/// <summary>A family of kernels as one line: what all its tiles have in common.</summary>
/// <param name="Name">How its kernels' ids begin.</param>
/// <param name="Passes">The passes that it serves.</param>
/// <param name="Work">What it does.</param>
/// <param name="Tiles">Its tiles: rows by floats.</param>
internal sealed record KernelFamilyRow(string Name, string Passes, string Work, string Tiles)
{
    /// <summary>The families that have kernels for an instruction set, in the order of <see cref="KernelTable"/>.</summary>
    public static IReadOnlyList<KernelFamilyRow> All(InstructionSetKind isa) =>
    [
        .. KernelTable.All.Where(kernel => kernel.Isa == isa)
            .GroupBy(kernel => kernel.Family)
            .Select(family => Of(family.Key, isa, [.. family])),
    ];

    /// <summary>The passes that a family serves.</summary>
    public static string PassesOf(KernelFamily family) => family switch
    {
        KernelFamily.Tap or KernelFamily.BatchTap => "Forward, BackwardData",
        KernelFamily.List or KernelFamily.StridedList => "Forward, BackwardData",
        KernelFamily.OuterProduct or KernelFamily.Dot => "BackwardWeights",
        _ => "all",
    };

    private static KernelFamilyRow Of(KernelFamily family, InstructionSetKind isa, IReadOnlyList<KernelEntry> kernels)
    {
        var id = kernels[0].Id;
        var name = id[..id.IndexOf($"_{InstructionSet.NameOf(isa)}_", StringComparison.Ordinal)];
        var tiles = kernels.GroupBy(kernel => kernel.Width).OrderBy(width => width.Key).Select(width => string.Create(
            CultureInfo.InvariantCulture, $"{width.Min(kernel => kernel.Rows)}–{width.Max(kernel => kernel.Rows)} × {width.Key}"));
        return new KernelFamilyRow(name, PassesOf(family), WorkOf(family), string.Join(", ", tiles));
    }

    private static string WorkOf(KernelFamily family) => family switch
    {
        KernelFamily.Tap => "dense: pixels by output channels, channels in blocks of 16",
        KernelFamily.BatchTap => "dense: output channels by 16 images side by side",
        KernelFamily.LaneTap => "dense, depthwise: pixels by 16 channels",
        KernelFamily.OuterProduct => "dense: input channels by output channels",
        KernelFamily.Spmm => "sparse: the non-zeros of one operand times vectors of the other",
        KernelFamily.List => "sparse: the non-zero weights of a channel times pixels of 16 images, in place",
        KernelFamily.StridedList => "sparse: the same where the pixels' inputs are a step apart",
        KernelFamily.Dot => "dense: shifted input channels by output channels, 16 images side by side",
        KernelFamily.Sddmm => "sparse: a dot product for each result that a mask wants",
        KernelFamily.ListSddmm => "sparse: a channel's pixels of 16 images times the inputs of its wanted weights, in place",
        KernelFamily.StridedListSddmm => "sparse: the same where the pixels' inputs are a step apart",
        _ => family.ToString(),
    };
}
