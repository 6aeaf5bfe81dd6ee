using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>One line of the comparison, and one object of <c>--json</c>, with these keys in this order.</summary>
/// <param name="Layer">The layer's or model's name.</param>
/// <param name="Pass">Forward, BackwardData or BackwardWeights, with " blocked" behind it for blocked tensors in and out; or step.</param>
/// <param name="Batch">Images: N.</param>
/// <param name="Threads">Threads of each.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="OursMs">Median milliseconds of ours.</param>
/// <param name="PeerMs">Median milliseconds of the peer; null without one.</param>
/// <param name="Ratio">Median of peer / ours over rounds measured side by side; above 1 we are faster; null without a peer.</param>
/// <param name="EffectiveGflops">Dense work over our time, in 10⁹ operations a second, a multiply-add counted as two.</param>
/// <param name="PeakGflops">The FMA peak of that many threads, measured between this row's rounds.</param>
/// <param name="PeakShare">EffectiveGflops / PeakGflops.</param>
internal sealed record RatioRow(
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
    [property: JsonPropertyName("peak_share")] double PeakShare);
