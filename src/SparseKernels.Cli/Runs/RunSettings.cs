using System.Numerics;
using SparseKernels.Cli.Terminal;
using SparseKernels.Schemas;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Models;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Runs;

/// <summary>What decides a run's result. A checkpoint keeps it, so that resuming needs none of it again and can't change it.</summary>
internal sealed record RunSettings(
    ImageSource Data, string Model, int Epochs, int Batch, float Rate, ulong Seed, KernelSchedule Schedule, PruningSettings? Pruning,
    LearningSettings Learning)
{
    /// <summary>Epochs where none are asked for.</summary>
    public const int DefaultEpochs = 3;

    /// <summary>Images in a step where none are asked for.</summary>
    public const int DefaultBatch = 64;

    /// <summary>The learning rate for <see cref="DefaultBatch"/>; others get theirs in proportion (Goyal et al. 2017).</summary>
    private const float DefaultRate = 0.05f;

    private static readonly NumberRule<float> s_rate = new(0, float.MaxValue, RangeEnds.Least);

    /// <summary>The settings of a new run.</summary>
    /// <exception cref="ArgumentException">The data set or model is unknown, or a pruning option out of range.</exception>
    public static RunSettings From(AskedSettings asked)
    {
        var data = ImageSource.Of(asked.Data ?? ImageSource.Names[0], asked.ImageSize);
        if (asked.Model is { } model && !ModelCatalogue.Names.Contains(model))
            throw new ArgumentException($"--model must be one of {string.Join(", ", ModelCatalogue.Names)}, got {model}.");
        var batch = asked.Batch ?? DefaultBatch;
        return new RunSettings(
            data, asked.Model ?? data.DefaultModel, asked.Epochs ?? DefaultEpochs, batch,
            asked.Rate ?? (DefaultRate * batch / DefaultBatch), asked.Seed ?? 0, asked.Schedule ?? TrainerOptions.DefaultSchedule, asked.Prune.Resolve(),
            asked.Learning ?? LearningSettings.Default);
    }

    /// <summary>The settings of the run that a checkpoint belongs to, which the options may repeat and not change.</summary>
    /// <exception cref="InvalidDataException">The checkpoint lacks one, or its value makes no sense.</exception>
    /// <exception cref="ArgumentException">An option differs.</exception>
    public static RunSettings From(Checkpoint checkpoint, AskedSettings asked)
    {
        var stored = checkpoint.Settings;
        var settings = new RunSettings(
            ImageSource.OfRun(stored, asked.Data), Text(stored, "model"), Number(stored, "epochs", NumberRules.Size), Number(stored,
            "batch", NumberRules.Size),
            Number(stored, "learning-rate", s_rate), checkpoint.Progress.Seed, ScheduleOf(stored), PruningOf(stored), LearningSettings.From(stored));
        Agree("--data", settings.Data.Name, asked.Data ?? settings.Data.Name);
        Agree("--image-size", settings.Data.Pictures?.Size ?? 0, asked.ImageSize ?? settings.Data.Pictures?.Size ?? 0);
        Agree("--model", settings.Model, asked.Model ?? settings.Model);
        Agree("--epochs", settings.Epochs, asked.Epochs ?? settings.Epochs);
        Agree("--batch", settings.Batch, asked.Batch ?? settings.Batch);
        Agree("--lr", settings.Rate, asked.Rate ?? settings.Rate);
        Agree("--seed", settings.Seed, asked.Seed ?? settings.Seed);
        if (!asked.Prune.IsEmpty) Agree("--prune:", Text(settings.Pruning), Text(asked.Prune.Resolve()));
        Agree("learning:", settings.Learning, asked.Learning ?? settings.Learning);
        Agree("--schedule", settings.Schedule, asked.Schedule ?? settings.Schedule);
        return settings;
    }

    private static string Text(IReadOnlyDictionary<string, string> stored, string key) =>
        stored.GetValueOrDefault(key) ?? throw new InvalidDataException($"the checkpoint keeps no setting '{key}'.");

    private static T Number<T>(IReadOnlyDictionary<string, string> stored, string key, NumberRule<T> rule)
        where T : struct, INumber<T> => rule.Parse($"the checkpoint's setting '{key}'", Text(stored, key));

    private static string Text(PruningSettings? pruning) =>
        pruning is null ? PruneRequest.None : PruningSettingsJson.Write(pruning, indented: false);

    private static PruningSettings? PruningOf(IReadOnlyDictionary<string, string> stored)
    {
        var text = Text(stored, "pruning");
        return text == PruneRequest.None ? null : PruningSettingsJson.Read(text);
    }

    private static KernelSchedule ScheduleOf(IReadOnlyDictionary<string, string> stored)
    {
        try
        {
            return KernelSchedule.Parse(Text(stored, "schedule"));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the checkpoint's setting 'schedule': {Failure.Message(e)}", e);
        }
    }

    private static void Agree<T>(string option, T stored, T asked)
        where T : IEquatable<T>
    {
        if (!asked.Equals(stored))
            throw new ArgumentException(
                $"{option} {asked} differs from the {stored} that the checkpoint's run began with: leave it out, or start a new run.");
    }
}
