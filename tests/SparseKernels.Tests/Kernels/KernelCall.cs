using SparseKernels.Kernels;
using SparseKernels.Memory;
using Xunit;

namespace SparseKernels.Tests.Kernels;

/// <summary>Calls one micro-kernel with nothing to sum, which is enough for the JIT to compile it.</summary>
internal static unsafe class KernelCall
{
    public static void Empty(KernelEntry entry)
    {
        using var memory = new AlignedBuffer(entry.Rows * entry.Width + 4096);
        var zeros = memory.Pointer;
        switch (entry.Family)
        {
            case KernelFamily.Tap or KernelFamily.LaneTap or KernelFamily.BatchTap:
                var tap = new TapArguments { X = zeros, XOffsets = (int*)zeros, W = zeros, Y = zeros, YOffsets = (int*)zeros, Runs = (int*)zeros };
                ((delegate*<TapArguments*, void>)entry.Function)(&tap);
                break;
            case KernelFamily.OuterProduct:
                var outer = new OuterProductArguments { Scalars = zeros, ScalarOffsets = (int*)zeros, Vectors = zeros, Accumulators = zeros };
                ((delegate*<OuterProductArguments*, void>)entry.Function)(&outer);
                break;
            case KernelFamily.Spmm:
                var spmm = new SpmmArguments { Offsets = (int*)zeros, Values = zeros, Starts = (int*)zeros, Panel = zeros, Y = zeros };
                ((delegate*<SpmmArguments*, void>)entry.Function)(&spmm);
                break;
            case KernelFamily.Sddmm:
                var sddmm = new SddmmArguments { X = zeros, XOffsets = (int*)zeros, V = zeros, Runs = (int*)zeros, Sums = zeros };
                ((delegate*<SddmmArguments*, void>)entry.Function)(&sddmm);
                break;
            case KernelFamily.List or KernelFamily.StridedList:
                var list = new ListArguments { Offsets = (int*)zeros, Values = zeros, Starts = (int*)zeros, X = zeros, Y = zeros };
                ((delegate*<ListArguments*, void>)entry.Function)(&list);
                break;
            case KernelFamily.ListSddmm or KernelFamily.StridedListSddmm:
                var wanted = new ListSddmmArguments { Offsets = (int*)zeros, Starts = (int*)zeros, X = zeros, V = zeros, Sums = zeros };
                ((delegate*<ListSddmmArguments*, void>)entry.Function)(&wanted);
                break;
            case KernelFamily.Dot:
                var dot = new DotArguments { X = zeros, XOffsets = (int*)zeros, V = zeros, Runs = (int*)zeros, Sums = zeros };
                ((delegate*<DotArguments*, void>)entry.Function)(&dot);
                break;
            default:
                Assert.Fail($"{entry.Id}: the test knows no arguments for the family {entry.Family}");
                break;
        }
    }
}
