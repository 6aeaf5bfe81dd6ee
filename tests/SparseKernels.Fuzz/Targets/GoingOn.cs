using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;

namespace SparseKernels.Fuzz.Targets;

/// <summary>
/// Goes on from what a reader let pass, as a run does: it may still be of another network, but nothing in it may fail later.
/// </summary>
internal static class GoingOn
{
    private const int Steps = 3;

    private static readonly Checkpoint s_whole = SmallCheckpoint.Make();

    /// <summary>Gives a network's tensors and parameters those of a file.</summary>
    /// <returns>Whether they fit.</returns>
    public static bool Restore(IReadOnlyList<NamedTensor> tensors, IReadOnlyList<NamedMask> masks)
    {
        try
        {
            _ = TensorMatch.Pair(tensors, s_whole.Model, "model");
            MaskMatch.Restore(
                masks, [.. s_whole.Model.Select(tensor => new Parameter(tensor.Name, tensor.Shape, Initialisation.Constant(1)))]);
        }
        catch (InvalidDataException)
        {
            return false;
        }

        foreach (var mask in masks) _ = mask.Mask.CoarseDensity;
        return true;
    }

    /// <summary>Prunes on for some steps and evaluations.</summary>
    public static void Prune(PruningProgress progress, IReadOnlyList<NamedMask> masks)
    {
        IPruningStrategy strategy = progress.Strategy == "RigL"
            ? new RigL(sparsity: 0.5, end: 100, interval: 2)
            : new AccuracyGatedPruning(new AccuracyGatedOptions { SimilarityRounds = 2, SimilarityInterval = 1, Gate = new AccuracyGateOptions { Patience = 2 } });
        var unit = new PruningUnit(strategy, threads: 1);
        foreach (var tensor in s_whole.Model.Where(tensor => tensor.Shape.Length > 1))
            unit.Register(
                tensor.Name, tensor.Shape, new float[tensor.Values.Length], new float[tensor.Values.Length], new float[tensor.Values.Length]);
        try
        {
            unit.Restore(StateOf(progress, masks));
        }
        catch (ArgumentException)
        {
            return;
        }

        for (var step = 0; step < Steps; step++)
        {
            unit.Step(new MaskedSgd(), rate: 0.1f);
            unit.OnEvaluation(1d / (1 + step));
        }

        unit.Finish();
    }

    private static PruningState StateOf(PruningProgress progress, IReadOnlyList<NamedMask> masks) => new()
    {
        Steps = progress.Steps,
        Strategy = progress.Strategy,
        Numbers = progress.Numbers,
        Masks = Words(masks),
        Snapshot = progress.Kept is not { } kept ? null : new PruningSnapshot
        {
            Masks = Words(kept.Masks),
            Weights = Values(kept.Model),
            Momenta = Values(kept.Optimiser),
        },
    };

    private static Dictionary<string, ulong[]> Words(IEnumerable<NamedMask> masks) =>
        masks.ToDictionary(mask => mask.Name, mask => mask.Mask.Words.ToArray());

    private static Dictionary<string, float[]> Values(IEnumerable<NamedTensor> tensors) =>
        tensors.Where(tensor => tensor.Shape.Length > 1).ToDictionary(tensor => tensor.Name, tensor => tensor.Values);
}
