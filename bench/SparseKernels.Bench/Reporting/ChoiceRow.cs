using System.Text.Json.Serialization;

namespace SparseKernels.Bench.Reporting;

/// <summary>
/// What it costs one pass of a layer to choose: a line of <c>ratios choice</c>, and one object of its <c>--json</c>. Times are
/// microseconds.
/// </summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Pass">Forward, BackwardData or BackwardWeights.</param>
/// <param name="Batch">Images: N.</param>
/// <param name="Threads">Threads that the work to be priced is for; choosing itself takes one.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="ChooseUs">Predicting every candidate's time and choosing: all there is where layers say the densities.</param>
/// <param name="DataUs">Estimating the densities of x and dy, as far as the pass reads them.</param>
/// <param name="MaskUs">Finding the density of a mask of dx or dw; 0 in Forward.</param>
/// <param name="WeightsUs">
/// Estimating the density of the weights: once for each change of their zeros, so not part of <paramref name="CallUs"/>; 0 where none are
/// read.
/// </param>
/// <param name="CallUs">Choosing, data and mask together.</param>
/// <param name="ColdUs">The same with nothing in cache.</param>
/// <param name="Bytes">Managed bytes allocated by all of it.</param>
internal sealed record ChoiceRow(
    [property: JsonPropertyName("layer")] string Layer,
    [property: JsonPropertyName("pass")] string Pass,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("isa")] string Isa,
    [property: JsonPropertyName("choose_us")] double ChooseUs,
    [property: JsonPropertyName("data_us")] double DataUs,
    [property: JsonPropertyName("mask_us")] double MaskUs,
    [property: JsonPropertyName("weights_us")] double WeightsUs,
    [property: JsonPropertyName("call_us")] double CallUs,
    [property: JsonPropertyName("cold_us")] double ColdUs,
    [property: JsonPropertyName("bytes")] double Bytes);
