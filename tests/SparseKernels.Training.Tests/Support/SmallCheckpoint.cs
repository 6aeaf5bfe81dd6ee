using SparseKernels.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>
/// A checkpoint of some hundred bytes that has a bit of everything: masks, pruning in progress, choices, and a calibration if wanted.
/// </summary>
internal static class SmallCheckpoint
{
    public const string Masked = "conv.weight";

    private const long Steps = 5;

    /// <summary>The whole of it.</summary>
    public static Checkpoint Make(bool calibrated = false)
    {
        var (tensors, mask) = Tensors();
        var settings = new Dictionary<string, string> { ["model"] = "small", ["batch"] = "64" };
        return new Checkpoint(new TrainingProgress(3, 17, Steps, 9), tensors, tensors, settings)
        {
            Masks = [mask],
            Choices = [new LayerChoices("conv", new PlanChoices(PassChoice.Dense, PassChoice.None, PassChoice.Of(OperandPair.All[0])))],
            Calibration = calibrated ? Calibration.Default(InstructionSetKind.Avx2) : null,
            Pruning = Gated(new KeptState(tensors, tensors, [mask])),
        };
    }

    /// <summary>A run of another strategy, which keeps no copy.</summary>
    public static Checkpoint Grown()
    {
        var (tensors, mask) = Tensors();
        return new Checkpoint(new TrainingProgress(0, 5, Steps, 9), tensors, tensors, new Dictionary<string, string>())
        {
            Masks = [mask],
            Pruning = new PruningProgress(Steps, "RigL", new Dictionary<string, double> { ["started"] = 1 }, null, HoldsOut: false, null),
        };
    }

    private static PruningProgress Gated(KeptState kept) => new(
        Steps, "accuracy-gated",
        new Dictionary<string, double>
        {
            ["best"] = 0.5,
            ["evaluations"] = 8,
            ["periods"] = 1,
            ["waited"] = 1,
            ["finished"] = 0,
            ["similarity"] = 0.875,
            ["steps"] = 1,
            ["sparsity-before"] = 0.25,
            ["rounds-left"] = 1,
            ["next-step"] = 5,
            ["fine/" + Masked] = 0.125,
            ["coarse/" + Masked] = 0.0625,
        },
        0.375, HoldsOut: true, kept)
    {
        Seen = new SeenImages(7, 5),
    };

    private static (NamedTensor[] Tensors, NamedMask Mask) Tensors()
    {
        NamedTensor[] tensors = [new(Masked, [3, 2, 3, 3], new float[54]), new("conv.bias", [3], [0.5f, -1, 2])];
        for (var i = 0; i < 54; i += 3) tensors[0].Values[i] = (i - 20) / 8f;
        return (tensors, new NamedMask(Masked, WeightPattern.FromWeights(new ConvolutionShape(1, 2, 3, 3, 3, 3, 3), tensors[0].Values)));
    }
}
