using System.CommandLine;
using System.Globalization;
using System.Numerics;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Threading;
using SparseKernels.Training.Models;

namespace SparseKernels.Cli.Options;

/// <summary>Options that several commands have, and the kinds that they are made of.</summary>
internal static class CommandOptions
{
    private const int MaximumThreads = 1024;
    private const int MaximumImageSize = 4096;
    private const int MaximumCache = 1 << 24;

    public static Argument<string> Checkpoint() => new("checkpoint")
    {
        Description = "The run: a .safetensors file, with or without its extension, or a folder for the latest run in it.",
    };

    public static Option<string?> Data(string otherwise) =>
        new("--data") { HelpName = "name", Description = $"The images: {string.Join(", ", ImageSource.Names)}, or a folder of pictures: FOLDER/CLASS/*.jpg (default: {otherwise})." };

    public static Option<string?> DataDirectory() => new("--data-dir")
    {
        HelpName = "folder",
        Description = "The folder of the images' files (default: what SPARSEKERNELS_DATA says).",
    };

    public static Option<int?> ImageSize() => AtLeastOne(
        "--image-size", $"Width and height that pictures get (default {PictureRequest.DefaultSize}, or the run's).", MaximumImageSize);

    public static Option<int?> ImageSize(string when) => AtLeastOne("--image-size", $"Width and height of images, {when}.", MaximumImageSize);

    public static Option<bool> Json() => new("--json") { Description = "Write JSON instead of a table." };

    public static Option<bool> Strict() => new("--strict")
    {
        Description = "End with an error if a picture can't be read, instead of leaving it out.",
    };

    public static Option<int?> CacheMemory() => Number(
        "--cache-memory", "Megabytes of decoded pictures to keep in memory (default: a quarter of what there is, each for training and test).",
        "a whole number from 0 to 16777216", (int value) => value is >= 0 and <= MaximumCache);

    public static Option<string?> Model(string otherwise) =>
        new("--model") { HelpName = "name", Description = $"The network: {string.Join(", ", ModelCatalogue.Names)} (default: {otherwise})." };

    public static Option<int?> Threads() => AtLeastOne("--threads", "Threads to use (default: all processors).", MaximumThreads);

    public static Option<string?> ScheduleText(string otherwise) => new("--schedule")
    {
        HelpName = "name",
        Description =
            "How kernels are chosen: automatic, reproducible, dense, or a pair of operands whose zeros to skip, such as input-weight " +
            $"(default: what {KernelSchedule.OverrideVariable} says, else {otherwise}).",
    };

    /// <summary>The schedule that <c>--schedule</c> names.</summary>
    /// <exception cref="ArgumentException">There is no such schedule.</exception>
    public static KernelSchedule? ParseSchedule(string? text)
    {
        if (text is null) return null;
        try
        {
            return KernelSchedule.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"--schedule: {Failure.Message(e)}", e);
        }
    }

    /// <summary>A number in an option's description.</summary>
    public static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    public static ComputeTopology TopologyOf(int? threads) =>
        threads is { } given ? ComputeTopology.FromThreads(given) : ComputeTopology.Default;

    public static Option<int?> AtLeastOne(string name, string description, int most = int.MaxValue) =>
        Number(
            name, description, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"),
            (int value) => value >= 1 && value <= most);

    public static Option<T?> Number<T>(string name, string description, string expected, Func<T, bool> isValid)
        where T : struct, INumberBase<T> => new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (InvariantNumber.TryParse<T>(text, out var value) && isValid(value)) return value;
                result.AddError($"{name} must be {expected}, got {text}.");
                return null;
            },
        };
}
