using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests;

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
