using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>What a pruned training run came to, beside dense TorchSharp.</summary>
/// <param name="Model">The model.</param>
/// <param name="Strategy">The pruning strategy.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Threads">Threads of each side.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Accuracy">Our share of test images classified rightly.</param>
/// <param name="PeerAccuracy">The peer's.</param>
/// <param name="Sparsity">Share of the pruned layers' weights that are zero.</param>
/// <param name="CoarseShare">Share of the zeros that lie in coarse groups.</param>
/// <param name="Seconds">Our training steps, validation and pruning.</param>
/// <param name="PeerSeconds">The peer's training steps.</param>
/// <param name="TimeRatio">Seconds / PeerSeconds.</param>
/// <param name="StartMs">The median step before the first pruning; null if there was none.</param>
/// <param name="EndMs">The median step of the last epoch.</param>
/// <param name="StepRatio">EndMs / StartMs.</param>
/// <param name="PruningShare">Share of our seconds spent in the pruning unit.</param>
/// <param name="ValidationShare">Share of our seconds spent on validation images.</param>
/// <param name="SimilarityShare">Pairs of output channels compared, of those of a full comparison; null without similarity.</param>
/// <param name="BytesPerStep">Weight bytes moved in a step.</param>
/// <param name="BytesRatio">Weight bytes moved, of those of separate passes.</param>
/// <param name="FileBytes">Size of the weights file.</param>
/// <param name="FileRatio">FileBytes over the dense size.</param>
internal sealed record PrunedRecipeRow(
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("strategy")] string Strategy,
    [property: JsonPropertyName("epochs")] int Epochs,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("isa")] string Isa,
    [property: JsonPropertyName("seed")] ulong Seed,
    [property: JsonPropertyName("accuracy")] double Accuracy,
    [property: JsonPropertyName("peer_accuracy")] double? PeerAccuracy,
    [property: JsonPropertyName("sparsity")] double Sparsity,
    [property: JsonPropertyName("coarse_share")] double CoarseShare,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("peer_seconds")] double? PeerSeconds,
    [property: JsonPropertyName("time_ratio")] double? TimeRatio,
    [property: JsonPropertyName("start_ms")] double? StartMs,
    [property: JsonPropertyName("end_ms")] double EndMs,
    [property: JsonPropertyName("step_ratio")] double? StepRatio,
    [property: JsonPropertyName("pruning_share")] double PruningShare,
    [property: JsonPropertyName("validation_share")] double ValidationShare,
    [property: JsonPropertyName("similarity_share")] double? SimilarityShare,
    [property: JsonPropertyName("bytes_per_step")] double BytesPerStep,
    [property: JsonPropertyName("bytes_ratio")] double BytesRatio,
    [property: JsonPropertyName("file_bytes")] long FileBytes,
    [property: JsonPropertyName("file_ratio")] double FileRatio)
{
    /// <summary>The row as lines, with the target behind each figure that has one.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"accuracy                  {Accuracy,9:P2}" + (PeerAccuracy is { } peer
            ? $"   dense peer {peer:P2}: {100 * (Accuracy - peer):+0.00;-0.00} points (target: -0.50 or more, -1.00 in fine-tuning)"
            : "");
        yield return $"weight sparsity           {Sparsity,9:P1}   (target: 95 % for vgg-small, 85 % for resnet20 and in fine-tuning)";
        yield return $"of it in coarse runs      {CoarseShare,9:P1}   (target: 40 % for vgg-small)";
        yield return $"wall time                 {Seconds,9:F1} s" + (PeerSeconds is { } theirs
            ? $" peer {theirs:F1} s: {TimeRatio:F2}x (target: 0.5x, 0.6x in fine-tuning)"
            : "");
        yield return $"step at the end           {EndMs,9:F1} ms" + (StartMs is { } start
            ? $" at the start {start:F1} ms: {StepRatio:F2}x (target: {NetworkTargets.PrunedStep}x)"
            : "");
        yield return $"pruning unit              {PruningShare,9:P2}   (target: 2 %); validation {ValidationShare:P1}";
        if (SimilarityShare is { } similarity)
            yield return $"similarity work           {similarity,9:P1}   (target: 5 % of the full comparison)";
        yield return $"weight bytes per step     {BytesPerStep,9:E2}   {BytesRatio:F2}x of separate passes (target: 0.5x)";
        yield return $"weights file              {FileBytes,9} bytes {FileRatio:F3}x of dense (target: 0.12x at 95 %)";
    }
}
