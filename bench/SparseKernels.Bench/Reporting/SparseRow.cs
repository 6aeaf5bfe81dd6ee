using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>One line of the sparse comparison, and one object of <c>--json</c>: the keys of <see cref="RatioRow"/>, then its own.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Pass">Forward, BackwardData or BackwardWeights; tensors are blocked.</param>
/// <param name="Batch">Images: N.</param>
/// <param name="Threads">Threads of each.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="OursMs">Median milliseconds of ours, skipping zeros.</param>
/// <param name="PeerMs">Median milliseconds of the peer, dense; null without one.</param>
/// <param name="Ratio">Median of peer / ours over rounds measured side by side; above 1 we are faster; null without a peer.</param>
/// <param name="EffectiveGflops">Dense work over our time, in 10⁹ operations a second, a multiply-add counted as two.</param>
/// <param name="PeakGflops">The FMA peak of that many threads, measured between this row's rounds.</param>
/// <param name="PeakShare">WorkLeftGflops / PeakGflops.</param>
/// <param name="Cell">The pair of operands, the fine one first.</param>
/// <param name="FineDensity">Share of the fine operand's elements that are non-zero or wanted.</param>
/// <param name="CoarseDensity">Share of the coarse operand's runs, or of a real pattern's elements, that are.</param>
/// <param name="OursDenseMs">Median milliseconds of our dense kernels on the same data.</param>
/// <param name="WorkLeftGflops">The work that the pair's zeros leave, over our time.</param>
/// <param name="MultipleOfPeak">EffectiveGflops / PeakGflops.</param>
/// <param name="Layout"><c>channels</c> (in blocks of 16) or <c>batches</c> (of 16 images); rows stored before the latter had kernels have none.</param>
internal sealed record SparseRow(
    [property: JsonPropertyName("layer")] string Layer,
    [property: JsonPropertyName("pass")] string Pass,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("isa")] string Isa,
    [property: JsonPropertyName("ours_ms")] double OursMs,
    [property: JsonPropertyName("peer_ms")] double? PeerMs,
    [property: JsonPropertyName("ratio")] double? Ratio,
    [property: JsonPropertyName("effective_gflops")] double EffectiveGflops,
    [property: JsonPropertyName("peak_gflops")] double PeakGflops,
    [property: JsonPropertyName("peak_share")] double PeakShare,
    [property: JsonPropertyName("cell")] string Cell,
    [property: JsonPropertyName("fine_density")] double FineDensity,
    [property: JsonPropertyName("coarse_density")] double CoarseDensity,
    [property: JsonPropertyName("ours_dense_ms")] double OursDenseMs,
    [property: JsonPropertyName("work_left_gflops")] double WorkLeftGflops,
    [property: JsonPropertyName("multiple_of_peak")] double MultipleOfPeak,
    [property: JsonPropertyName("layout")] string Layout = "channels");
