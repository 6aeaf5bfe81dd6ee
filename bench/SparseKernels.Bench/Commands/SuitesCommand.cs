using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using SparseKernels.Bench.Suites;

namespace SparseKernels.Bench.Commands;

/// <summary><c>bdn</c>: the BenchmarkDotNet suites; its arguments are BenchmarkDotNet's own.</summary>
internal static class SuitesCommand
{
    /// <summary>Room for a kernel's id or a layer's name in the tables.</summary>
    private const int LongestName = 48;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("bdn", "The BenchmarkDotNet suites; arguments go to BenchmarkDotNet, as in: bdn --filter *Packing*.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(result =>
        {
            // Inside this process: a project of BenchmarkDotNet's own for every run would copy libtorch each time.
            string[] arguments = [.. result.UnmatchedTokens, "--inProcess"];
            var config = DefaultConfig.Instance
                .AddColumn(new GflopsColumn())
                .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestName));
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(SuitesCommand).Assembly).Run(arguments, config).ToArray();
            if (summaries.Length == 0) return arguments.Any(argument => argument is "--list" or "--info") ? 0 : 1;
            return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
        });
        return command;
    }
}
