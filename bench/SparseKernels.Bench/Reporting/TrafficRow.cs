using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>What one pass of a layer moves in a step, and one object of <c>--json</c>, with these keys in this order.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Schedule">How convolutions chose.</param>
/// <param name="Layer">The layer's name; or <c>input</c>, <c>loss</c> or <c>optimiser</c>.</param>
/// <param name="Pass">The pass.</param>
/// <param name="Kind">Whose work it is: convolutions, packing, layers, input, loss or optimiser.</param>
/// <param name="Batch">Images: N.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Read">Bytes read in a step.</param>
/// <param name="Written">Bytes written in a step.</param>
/// <param name="Milliseconds">Mean milliseconds in a step.</param>
/// <param name="Share">Of the step's time.</param>
internal sealed record TrafficRow(
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("schedule")] string Schedule,
    [property: JsonPropertyName("layer")] string Layer,
    [property: JsonPropertyName("pass")] string Pass,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("read_bytes")] long Read,
    [property: JsonPropertyName("written_bytes")] long Written,
    [property: JsonPropertyName("ms")] double Milliseconds,
    [property: JsonPropertyName("share")] double Share)
{
    /// <summary>10⁹ bytes a second, read and written.</summary>
    [JsonPropertyName("gigabytes_per_second")]
    public double GigabytesPerSecond => Milliseconds > 0 ? 1e-6 * (Read + Written) / Milliseconds : 0;
}
