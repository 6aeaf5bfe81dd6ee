using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Cli.Tests.Describe;

public class DescribeCommandTests
{
    [Fact]
    public void Describe_NoOptions_NamesTheMachineAndItsInstructionSet()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, "describe");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("L1D", run.Output);
        Assert.Contains("GFLOP/s", run.Output);
        Assert.Contains($"{ComputeTopology.Default.Threads} threads", run.Output);
        Assert.Contains($"{InstructionSet.NameOf(InstructionSet.Available[0])} (", run.Output);
    }

    [Fact]
    public void Describe_NoOptions_ALineForEachFamilyThatRunsHere()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["describe"], [("SPARSEKERNELS_ISA", "scalar")]);
        Assert.Equal(0, run.ExitCode);
        Assert.Single(run.Output.Split('\n'), line => Regex.IsMatch(line, "^ +forward_dense +Forward, BackwardData +.*1–6 × 16"));
        Assert.Single(run.Output.Split('\n'), line => Regex.IsMatch(line, "^ +spmm +all +.*1–7 × 16"));
        var others = KernelTable.All.Count(kernel => kernel.Isa != InstructionSetKind.Scalar);
        Assert.Contains($"{others} more kernels are for other instruction sets; describe --all lists every one.", run.Output);
        Assert.DoesNotContain("avx512_", run.Output);
        Assert.DoesNotContain("OuterProduct", run.Output);
    }

    [Fact]
    public void Describe_All_ListsEveryKernelOfTheTable()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, "describe", "--all");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.All(KernelTable.All, kernel => Assert.Contains($" {kernel.Id} ", run.Output));
        Assert.DoesNotContain("more kernels", run.Output);
    }

    [Fact]
    public void Describe_ScalarForced_SaysSoAndWhy()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["describe"], [("SPARSEKERNELS_ISA", "scalar")]);
        Assert.Contains("scalar (1 lanes of fp32): forced by SPARSEKERNELS_ISA=scalar", run.Output);
    }

    [Fact]
    public void Describe_UnknownInstructionSet_OneLineAndNonZero()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["describe"], [("SPARSEKERNELS_ISA", "sse9")]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("sparsekernels: SPARSEKERNELS_ISA=sse9: unknown instruction set", run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
    }
}
