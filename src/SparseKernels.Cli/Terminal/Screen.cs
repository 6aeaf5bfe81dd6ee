using Spectre.Console;

namespace SparseKernels.Cli.Terminal;

/// <summary>Where the command writes: a terminal, or a file or pipe that takes plain lines.</summary>
internal static class Screen
{
    /// <summary>The command's name in all that it says.</summary>
    public const string CommandName = "sparsekernels";

    /// <summary>Tables in a file shouldn't wrap as on the 80 columns that are assumed where there is no terminal.</summary>
    private const int RedirectedWidth = 140;

    /// <summary>
    /// Whether output goes through a launcher, which hands on lines: Open MPI lets its ranks believe that they write to a terminal of 80 columns.
    /// </summary>
    public static bool IsHandedOn { get; set; }

    /// <summary>Whether lines may be drawn over.</summary>
    public static bool IsLive => !IsHandedOn && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>Standard output.</summary>
    public static IAnsiConsole Out()
    {
        var console = AnsiConsole.Console;
        if (IsHandedOn || Console.IsOutputRedirected) console.Profile.Width = RedirectedWidth;
        return console;
    }
}
