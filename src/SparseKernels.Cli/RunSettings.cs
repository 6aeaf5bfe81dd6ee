using System.Globalization;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Models;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli;

/// <summary>What decides a run's result. A checkpoint keeps it, so that resuming needs none of it again and can't change it.</summary>
internal sealed record RunSettings(ImageSource Data, string Model, int Epochs, int Batch, float Rate, ulong Seed, Schedule Schedule, PruningSettings? Pruning)
{
    /// <summary>Epochs where none are asked for.</summary>
    public const int DefaultEpochs = 3;

    /// <summary>Images in a step where none are asked for.</summary>
    public const int DefaultBatch = 64;

    /// <summary>The learning rate for <see cref="DefaultBatch"/>; others get theirs in proportion (Goyal et al. 2017).</summary>
    private const float DefaultRate = 0.05f;

    /// <summary>The settings of a new run.</summary>
    /// <exception cref="ArgumentException">The data set or model is unknown, or a pruning option out of range.</exception>
    public static RunSettings From(TrainRequest request)
    {
        var data = ImageSource.Of(request.Data ?? ImageSource.Names[0]);
        if (request.Model is { } model && !ModelCatalogue.Names.Contains(model)) throw new ArgumentException($"--model must be one of {string.Join(", ", ModelCatalogue.Names)}, got {model}.");
        var batch = request.Batch ?? DefaultBatch;
        return new RunSettings(
            data, request.Model ?? data.DefaultModel, request.Epochs ?? DefaultEpochs, batch,
            request.Rate ?? (DefaultRate * batch / DefaultBatch), request.Seed ?? 0, request.Schedule ?? TrainerOptions.DefaultSchedule, request.Prune.Resolve());
    }

    /// <summary>The settings of the run that a checkpoint belongs to, which the options may repeat and not change.</summary>
    /// <exception cref="InvalidDataException">The checkpoint lacks one, or its value makes no sense.</exception>
    /// <exception cref="ArgumentException">An option differs.</exception>
    public static RunSettings From(Checkpoint checkpoint, TrainRequest request)
    {
        var stored = checkpoint.Settings;
        var settings = new RunSettings(
            ImageSource.OfDataSet(Text(stored, "data")), Text(stored, "model"), Number<int>(stored, "epochs"), Number<int>(stored, "batch"),
            Number<float>(stored, "learning-rate"), checkpoint.Progress.Seed, ScheduleOf(stored), PruningOf(stored));
        Agree("--data", settings.Data.Name, request.Data ?? settings.Data.Name);
        Agree("--model", settings.Model, request.Model ?? settings.Model);
        Agree("--epochs", settings.Epochs, request.Epochs ?? settings.Epochs);
        Agree("--batch", settings.Batch, request.Batch ?? settings.Batch);
        Agree("--lr", settings.Rate, request.Rate ?? settings.Rate);
        Agree("--seed", settings.Seed, request.Seed ?? settings.Seed);
        if (!request.Prune.IsEmpty) Agree("--prune:", Text(settings.Pruning), Text(request.Prune.Resolve()));
        Agree("--schedule", settings.Schedule, request.Schedule ?? settings.Schedule);
        return settings;
    }

    private static string Text(IReadOnlyDictionary<string, string> stored, string key) =>
        stored.GetValueOrDefault(key) ?? throw new InvalidDataException($"the checkpoint keeps no setting '{key}'.");

    private static T Number<T>(IReadOnlyDictionary<string, string> stored, string key)
        where T : IParsable<T> => T.TryParse(Text(stored, key), CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new InvalidDataException($"the checkpoint's setting '{key}' is not a number: {stored[key]}.");

    private static string Text(PruningSettings? pruning) => pruning is null ? PruneRequest.None : PruningSettingsJson.Write(pruning, indented: false);

    private static PruningSettings? PruningOf(IReadOnlyDictionary<string, string> stored)
    {
        var text = Text(stored, "pruning");
        return text == PruneRequest.None ? null : PruningSettingsJson.Read(text);
    }

    private static Schedule ScheduleOf(IReadOnlyDictionary<string, string> stored)
    {
        try
        {
            return Schedule.Parse(Text(stored, "schedule"));
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
            throw new ArgumentException($"{option} {asked} differs from the {stored} that the checkpoint's run began with: leave it out, or start a new run.");
    }
}
