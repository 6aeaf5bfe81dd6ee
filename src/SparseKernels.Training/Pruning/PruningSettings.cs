using System.Text.Json.Serialization;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// A strategy and all its numbers, as a JSON file or a command line gives them. Times are shares of the run, so that the same settings suit
/// runs of any length. A strategy reads its own rules and leaves the others alone.
/// </summary>
public sealed record PruningSettings
{
    /// <summary>For a network that was trained before, at a low learning rate: pruning begins at once and is over earlier.</summary>
    public static PruningSettings FineTuning { get; } = new() { Begin = 0, End = 0.7 };

    /// <summary>The strategy.</summary>
    [JsonConverter(typeof(KebabCaseEnum<PruningStrategyKind>))]
    public PruningStrategyKind Strategy { get; init; } = PruningStrategyKind.Gated;

    /// <summary>See <see cref="PruningOptions.ValidationShare"/>.</summary>
    public double Validation { get; init; } = 0.05;

    /// <summary>See <see cref="PruningOptions.EvaluationsPerEpoch"/>.</summary>
    public int Evaluations { get; init; } = 4;

    /// <summary>See <see cref="PruningOptions.DenseLayers"/>.</summary>
    public IReadOnlyList<string>? DenseLayers { get; init; }

    /// <summary>See <see cref="CoarseGroup.OutputChannels"/>.</summary>
    public int GroupOutputs { get; init; } = CoarseGroup.Default.OutputChannels;

    /// <summary>See <see cref="CoarseGroup.InputChannels"/>.</summary>
    public int GroupInputs { get; init; } = CoarseGroup.Default.InputChannels;

    /// <summary>See <see cref="CoarseGroup.WholeFilter"/>.</summary>
    public bool GroupWholeFilter { get; init; }

    /// <summary>See <see cref="PruningOptions.ChannelOrder"/>.</summary>
    public bool ChannelOrder { get; init; } = true;

    /// <summary>The share of the run after which pruning may begin; RigL prunes from the first step.</summary>
    public double Begin { get; init; } = 0.15;

    /// <summary>The share of the run after which nothing more is pruned.</summary>
    public double End { get; init; } = 0.85;

    /// <summary>See <see cref="PruningOptions.RateExponent"/>.</summary>
    public double RateExponent { get; init; } = 0.75;

    /// <summary>Gradual, one-shot, RigL: see <see cref="PruningOptions.JudgedUntil"/>.</summary>
    public double JudgedUntil { get; init; }

    /// <summary>Gradual, one-shot, RigL: the share of weights that is pruned at last.</summary>
    public double Sparsity { get; init; } = 0.95;

    /// <summary>Gradual, RigL: steps from one change of the masks to the next; null for as many as make 50 changes.</summary>
    public int? Interval { get; init; }

    /// <summary>Gated, gradual, one-shot: what magnitudes are compared with; null for balanced where gated, else global.</summary>
    [JsonConverter(typeof(KebabCaseEnum<MagnitudeScope>))]
    public MagnitudeScope? Scope { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.PruneFor"/>.</summary>
    [JsonConverter(typeof(KebabCaseEnum<PruneFor>))]
    public PruneFor For { get; init; } = PruneFor.Size;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.Harm"/>.</summary>
    [JsonConverter(typeof(KebabCaseEnum<PruneHarm>))]
    public PruneHarm Harm { get; init; } = PruneHarm.Magnitude;

    /// <summary>RigL: the share of live weights that the first change replaces.</summary>
    public double Fraction { get; init; } = 0.3;

    /// <summary>RigL: how the sparsity is spread over the layers.</summary>
    [JsonConverter(typeof(KebabCaseEnum<SparsityDistribution>))]
    public SparsityDistribution Distribution { get; init; } = SparsityDistribution.ErdosRenyiKernel;

    /// <summary>Gated: see <see cref="AccuracyGateOptions.Tolerance"/>; accuracy is a share of images.</summary>
    public double Tolerance { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGateOptions.StandardErrors"/>.</summary>
    public double StandardErrors { get; init; } = 0.7;

    /// <summary>Gated: see <see cref="AccuracyGateOptions.Patience"/>.</summary>
    public int Patience { get; init; } = 12;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.FineThreshold"/>; null for the step's own size.</summary>
    public double? FineThreshold { get; init; }

    /// <summary>
    /// Gated: see <see cref="AccuracyGatedOptions.FineStep"/>; null for one that reaches <see cref="MaximumSparsity"/> towards
    /// <see cref="End"/>.
    /// </summary>
    public double? FineStep { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CoarseThreshold"/>; null for the step's own size.</summary>
    public double? CoarseThreshold { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CoarseStep"/>; null for two fifths of the fine one.</summary>
    public double? CoarseStep { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityWork"/>.</summary>
    public double SimilarityWork { get; init; } = 0.05;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilaritySearch"/>.</summary>
    [JsonConverter(typeof(KebabCaseEnum<SimilaritySearch>))]
    public SimilaritySearch SimilaritySearch { get; init; } = SimilaritySearch.Signatures;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityRounds"/>.</summary>
    public int SimilarityRounds { get; init; } = 4;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityInterval"/>.</summary>
    public int SimilarityInterval { get; init; } = 8;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityCheck"/>.</summary>
    public bool SimilarityCheck { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.Similarity"/>.</summary>
    public double Similarity { get; init; } = 0.99;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityStep"/>.</summary>
    public double SimilarityStep { get; init; } = 0.005;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityLowest"/>.</summary>
    public double SimilarityLowest { get; init; } = 0.9;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.SimilarityMinimumLive"/>.</summary>
    public int SimilarityMinimumLive { get; init; } = 4;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.BalanceStrength"/>.</summary>
    public double BalanceStrength { get; init; }

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.BalanceLimit"/>.</summary>
    public double BalanceLimit { get; init; } = 2;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.CatchUp"/>.</summary>
    public int CatchUp { get; init; } = 3;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.MaximumSparsity"/>.</summary>
    public double MaximumSparsity { get; init; } = 0.95;

    /// <summary>Gated: see <see cref="AccuracyGatedOptions.MaximumLayerSparsity"/>.</summary>
    public double MaximumLayerSparsity { get; init; } = 0.99;
}
