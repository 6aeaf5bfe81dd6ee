using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>One line of the scheduler's comparison, and one object of <c>--json</c>.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Pass">Forward, BackwardData or BackwardWeights; tensors are blocked.</param>
/// <param name="Batch">Images: N.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="Pattern">What is zero: <c>x50%+w80%</c>.</param>
/// <param name="Weights">What becomes of the weights between calls: Kept, Values or New.</param>
/// <param name="InputDensity">Share of x that is not zero, or of dx that is wanted.</param>
/// <param name="WeightDensity">Share of w that is not zero, or of dw that is wanted.</param>
/// <param name="OutputDensity">Share of dy that is not zero, or of y that is wanted.</param>
/// <param name="DenseMs">Median milliseconds of the dense kernels.</param>
/// <param name="Automatic">What <see cref="KernelSchedule.Automatic"/> chose.</param>
/// <param name="Reproducible">What <see cref="KernelSchedule.Reproducible"/> chose.</param>
/// <param name="Candidates">Every way to run the pass.</param>
internal sealed record ScheduleRow(
    [property: JsonPropertyName("layer")] string Layer,
    [property: JsonPropertyName("pass")] string Pass,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("isa")] string Isa,
    [property: JsonPropertyName("pattern")] string Pattern,
    [property: JsonPropertyName("weights")] string Weights,
    [property: JsonPropertyName("input_density")] double InputDensity,
    [property: JsonPropertyName("weight_density")] double WeightDensity,
    [property: JsonPropertyName("output_density")] double OutputDensity,
    [property: JsonPropertyName("dense_ms")] double DenseMs,
    [property: JsonPropertyName("automatic")] ScheduleOutcome Automatic,
    [property: JsonPropertyName("reproducible")] ScheduleOutcome Reproducible,
    [property: JsonPropertyName("candidates")] IReadOnlyList<CandidateTime> Candidates);

/// <summary>What a schedule chose for a row, and how good that was.</summary>
/// <param name="Choice">The candidate that ran most of its calls while the row was measured.</param>
/// <param name="Steadiness">Share of those calls that ran it.</param>
/// <param name="Ms">Median milliseconds of that candidate, forced.</param>
/// <param name="CallMs">Median milliseconds of a call that chooses.</param>
/// <param name="CallRatio">
/// CallMs over Ms, as the median over the rounds: what choosing costs, and what calls that ran another candidate do.
/// </param>
/// <param name="Best">The best candidate.</param>
/// <param name="BestMs">Median milliseconds of it.</param>
/// <param name="Regret">The choice's time over the best's, both forced; 1 where they are the same.</param>
/// <param name="DenseRatio">The dense kernels' time over the choice's; above 1 it is faster than dense.</param>
internal sealed record ScheduleOutcome(
    [property: JsonPropertyName("choice")] string Choice,
    [property: JsonPropertyName("steadiness")] double Steadiness,
    [property: JsonPropertyName("ms")] double Ms,
    [property: JsonPropertyName("call_ms")] double CallMs,
    [property: JsonPropertyName("call_ratio")] double CallRatio,
    [property: JsonPropertyName("best")] string Best,
    [property: JsonPropertyName("best_ms")] double BestMs,
    [property: JsonPropertyName("regret")] double Regret,
    [property: JsonPropertyName("dense_ratio")] double DenseRatio)
{
    /// <summary>Whether no other candidate is faster.</summary>
    [JsonIgnore]
    public bool IsBest => Choice == Best;
}

/// <summary>A candidate's time.</summary>
/// <param name="Name">As <see cref="KernelSchedule.Parse"/> reads it: <c>dense</c>, <c>input-weight</c>.</param>
/// <param name="Ms">Median milliseconds, forced.</param>
/// <param name="PredictedMs">What the cost model alone predicted; null where it was not asked.</param>
internal sealed record CandidateTime(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("ms")] double Ms,
    [property: JsonPropertyName("predicted_ms")] double? PredictedMs);
