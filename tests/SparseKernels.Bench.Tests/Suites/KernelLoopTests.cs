using SparseKernels.Bench.Suites;
using SparseKernels.Kernels;
using Xunit;

namespace SparseKernels.Bench.Tests.Suites;

public sealed class KernelLoopTests
{
    public static TheoryData<string> Kernels => [.. KernelSuite.Kernels];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_Once_ComputesTheTile(string id)
    {
        var kernel = KernelTable.All.Single(entry => entry.Id == id);
        using var loop = new KernelLoop(kernel);

        loop.Run(1);

        for (var row = 0; row < loop.ResultRows; row++)
        {
            for (var lane = 0; lane < loop.ResultLanes; lane++)
            {
                double expected = 0;
                for (var step = 0; step < loop.Depth; step++) expected += Product(kernel, loop, row, lane, step);
                Assert.Equal(expected, loop.Y[loop.TileIndex(row, lane)], 1e-4);
            }
        }
    }

    [Fact]
    public void Constructor_OperandsOfEveryKernel_FitHalfOfL1()
    {
        foreach (var id in KernelSuite.Kernels)
        {
            using var loop = KernelSuite.LoopOf(id);
            Assert.InRange((loop.X.Length + loop.W.Length + loop.Y.Length) * sizeof(float), 1, 24 * 1024);
        }
    }

    private static double Product(KernelEntry kernel, KernelLoop loop, int row, int lane, int step) => kernel.Family switch
    {
        KernelFamily.Tap => (double)loop.X[(row * loop.Depth) + step] * loop.W[(step * kernel.Width) + lane],
        KernelFamily.LaneTap => (double)loop.X[(((row * loop.Depth) + step) * 16) + lane] * loop.W[(step * 16) + lane],
        KernelFamily.Spmm => (double)loop.X[step] * loop.W[(((step * kernel.Rows) + row) * kernel.Width) + lane],
        KernelFamily.List or KernelFamily.StridedList => (double)loop.X[step] * loop.W[(((step * kernel.Rows) + row) * kernel.Width) + lane],
        KernelFamily.Dot => Enumerable.Range(step * 16, 16).Sum(i => (double)loop.X[(row * loop.Depth * 16) + i] * loop.W[(lane * loop.Depth * 16) + i]),
        KernelFamily.Sddmm => Enumerable.Range(step * 16, 16).Sum(i => (double)loop.X[(row * loop.Depth * 16) + i] * loop.W[i]),
        KernelFamily.ListSddmm or KernelFamily.StridedListSddmm => Enumerable.Range(0, kernel.Rows * 16).Where(i => i % loop.ResultLanes == lane)
            .Select(i => (step * kernel.Rows * 16) + i).Sum(i => (double)loop.X[(row * 16) + i] * loop.W[i]),
        KernelFamily.BatchTap => (double)loop.X[(step * 16) + lane] * loop.W[(step * kernel.Rows) + row],
        _ => (double)loop.X[(step * kernel.Rows) + row] * loop.W[(step * kernel.Width) + lane],
    };
}
