using System.CommandLine;
using SparseKernels.Training;
using SparseKernels.Training.Communication;

namespace SparseKernels.Cli.Terminal;

/// <summary>How the command ends when something is wrong with what it was given: one line on standard error and a code over zero.</summary>
internal static class Failure
{
    /// <summary>The exit code for files, sizes or names that can't be used.</summary>
    public const int BadInput = 1;

    /// <summary>The exit code for options that make no sense.</summary>
    public const int BadUsage = 2;

    /// <summary>
    /// The exit code of a run that Ctrl-C, a termination signal or a lost terminal ended: 128 and the number of SIGINT, as shells have it.
    /// </summary>
    public const int Interrupted = 130;

    /// <summary>What is wrong with the command line; null if nothing is.</summary>
    public static string? BadUsageOf(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0) return null;
        if (parsed.UnmatchedTokens.Count > 0) return $"unknown command or option '{parsed.UnmatchedTokens[0]}'; --help lists all.";
        return parsed.Tokens.Count == 0 ? "a command is missing; --help lists all." : parsed.Errors[0].Message;
    }

    /// <summary>Whether an exception speaks of the input; any other is a fault of the program and shows its stack.</summary>
    public static bool IsInput(Exception e) =>
        e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException or PlatformNotSupportedException or TrainingDivergedException or RankFailedException;

    /// <summary>An exception's message on one line, without the name of a parameter that the user never saw.</summary>
    public static string Message(Exception e)
    {
        var message = e.Message;
        if (e is ArgumentException { ParamName: { } parameter })
            message = message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        return message;
    }

    /// <summary>Writes the line.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="code">The exit code.</param>
    /// <returns>The exit code.</returns>
    public static int Report(string message, int code)
    {
        Console.Error.WriteLine(
            $"{Screen.CommandName}: {string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries))}");
        return code;
    }
}
