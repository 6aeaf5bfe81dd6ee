using System.Reflection;
using SparseKernels.Isa;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;

namespace SparseKernels.Training;

/// <summary>Ranks that train together: processes, each with its share of every batch.</summary>
public sealed partial record TrainerOptions
{
    /// <summary>The key of a checkpoint's settings that says whether statistics are synchronised.</summary>
    internal const string SynchronisedKey = "synchronised-statistics";

    /// <summary>Its value where they are.</summary>
    internal const string Yes = "yes";

    /// <summary>
    /// The ranks, all of which make a trainer with the same options and call the same methods; this process alone by default. <see cref="Batch"/>
    /// is the batch of all together. The first rank writes checkpoints, and the others read them where a run goes on.
    /// </summary>
    public ICommunicator Communicator { get; init; } = SingleProcess.Instance;

    /// <summary>How the ranks train together.</summary>
    public DistributionOptions Distribution { get; init; } = new();

    /// <summary>The build, which must be the same on all ranks.</summary>
    internal string Version { get; init; } =
        typeof(TrainerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>This rank's share of every batch.</summary>
    internal Shard Shard => new(Communicator.Rank, Communicator.Size);

    /// <summary>What must be the same on all ranks: settings, build and instruction set.</summary>
    /// <param name="images">The fingerprint of <see cref="TrainingData"/>.</param>
    internal Dictionary<string, string> SettingsOfRanks(string images)
    {
        var settings = Settings(images);
        settings.Add("version", Version);
        settings.Add("instruction set", InstructionSet.NameOf(InstructionSet.Current));
        settings.Add("seed", Text(Seed));
        settings.Add("test images", Text(TestData.Count));
        settings.Add("validation share", Text(Pruning?.ValidationShare ?? 0));
        settings.Add("overlap", Distribution.Overlaps is { } overlaps ? overlaps ? "yes" : "no" : "tried");
        settings.Add("message length", Text(Distribution.MessageLength));
        settings.Add("checkpoint", CheckpointPath is null ? "none" : "yes");
        settings.Add("resume", Resume ? "yes" : "no");
        return settings;
    }

    private void CheckRanks()
    {
        ArgumentNullException.ThrowIfNull(Communicator, nameof(Communicator));
        ArgumentNullException.ThrowIfNull(Distribution, nameof(Distribution));
        ArgumentOutOfRangeException.ThrowIfLessThan(Distribution.MessageLength, 1, nameof(Distribution));
        if (Batch < Communicator.Size)
            throw new ArgumentOutOfRangeException(
                nameof(Batch), $"Batch must have an image for each of {Communicator.Size} ranks, got {Batch}: it is the batch of all ranks together.");
    }
}
