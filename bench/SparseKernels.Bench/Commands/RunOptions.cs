using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>The options that every comparison takes.</summary>
internal sealed class RunOptions
{
    private readonly Option<int?> _threads = new("--threads")
    {
        Description = "Threads of ours and of libtorch; 1 by default.",
        HelpName = "count",
        Recursive = true,
        CustomParser = result => (int)Number(result, 1, 1024, whole: true),
    };

    private readonly Option<int?> _batch = new("--batch")
    {
        Description = "Images in a batch (16 for layers, 64 for training).",
        HelpName = "count",
        Recursive = true,
        CustomParser = result => (int)Number(result, 1, 65536, whole: true),
    };

    private readonly Option<double?> _seconds = new("--seconds")
    {
        Description = "About how long to measure each row: 1 for layers, 15 for training steps.",
        HelpName = "seconds",
        Recursive = true,
        CustomParser = result => Number(result, 0.001, 3600, whole: false),
    };

    private readonly Option<string?> _isa = new("--isa")
    {
        Description = "Instruction set: avx512, avx2, neon or scalar; the best by default. With avx2, libtorch is held to it too.",
        HelpName = "name",
        Recursive = true,
    };

    private readonly Option<string?> _json = new("--json")
    {
        Description = "Also write the rows to this file, as one JSON array.",
        HelpName = "file",
        Recursive = true,
    };

    /// <summary>Adds them to a command and all below it.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _threads, _batch, _isa, _json, _seconds }) command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="defaultBatch">The batch where none is given.</param>
    /// <param name="defaultBudget">How long to measure where nothing is given.</param>
    /// <param name="defaultThreads">The threads where none are given.</param>
    /// <exception cref="ArgumentException">The instruction set is unknown or not available here.</exception>
    /// <exception cref="IOException">The JSON file can't be written where it should be.</exception>
    public RunSettings Read(ParseResult result, int defaultBatch, TimeSpan defaultBudget, int defaultThreads = 1)
    {
        var json = result.GetValue(_json);
        if (json is not null) Reporting.RatioJson.CheckWritable(json);
        return new RunSettings(
            result.GetValue(_threads) ?? defaultThreads, result.GetValue(_batch) ?? defaultBatch, ChooseIsa(result.GetValue(_isa)), json,
            result.GetValue(_seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaultBudget);
    }

    internal static double Number(ArgumentResult result, double least, double most, bool whole)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        var style = whole ? NumberStyles.None : NumberStyles.AllowDecimalPoint;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name}: expected a {(whole ? "whole " : "")}number from {least} to {most}, got '{text}'.");
        return least;
    }

    private static InstructionSetKind ChooseIsa(string? name)
    {
        if (name is null) return InstructionSet.Current;
        foreach (var kind in InstructionSet.Available)
        {
            if (!InstructionSet.NameOf(kind).Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            // Whatever asks for the current set later, as a layer without options of its own does, gets the same.
            Environment.SetEnvironmentVariable(InstructionSet.OverrideVariable, InstructionSet.NameOf(kind));
            return InstructionSet.Current == kind
                ? kind
                : throw new ArgumentException(
                    $"--isa {name}: {InstructionSet.NameOf(InstructionSet.Current)} is already in use in this process.");
        }

        throw new ArgumentException(
            $"--isa {name}: not available here; available: {string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf))}.");
    }
}
