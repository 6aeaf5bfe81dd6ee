using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using SparseKernels.Bench.Suites;

namespace SparseKernels.Bench.Commands;

/// <summary><c>bdn</c>: the BenchmarkDotNet suites; its arguments are BenchmarkDotNet's own.</summary>
internal static class SuitesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("bdn", "The BenchmarkDotNet suites; arguments go to BenchmarkDotNet, as in: bdn --filter *Packing*.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(result =>
        {
            // Inside this process: a project of BenchmarkDotNet's own for every run would copy libtorch each time.
            string[] arguments = [.. result.UnmatchedTokens, "--inProcess"];
            var config = DefaultConfig.Instance.AddColumn(new GflopsColumn());
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(SuitesCommand).Assembly).Run(arguments, config);
            return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
        });
        return command;
    }
}
