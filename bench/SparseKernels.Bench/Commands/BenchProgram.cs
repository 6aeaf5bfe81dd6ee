using System.CommandLine;

namespace SparseKernels.Bench.Commands;

/// <summary>The bench's command line.</summary>
internal static class BenchProgram
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words after the program's name.</param>
    /// <param name="output">Tables and help.</param>
    /// <param name="error">One line for what went wrong.</param>
    /// <returns>0, or 1 when something went wrong.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Benchmarks of SparseKernels.") { RatiosCommand.Create(new RunOptions()), CalibrateCommand.Create(new RunOptions()), SuitesCommand.Create(), EnduranceCommand.Create() };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"error: {parsed.Errors[0].Message.ReplaceLineEndings(" ")}");
            return 1;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            error.WriteLine($"error: {e.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }
}
