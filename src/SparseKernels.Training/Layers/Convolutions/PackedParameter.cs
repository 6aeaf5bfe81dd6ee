using System.Diagnostics;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>A parameter's weights as a plan packs them: once after each change, for all passes.</summary>
/// <param name="weight">The parameter.</param>
/// <param name="plan">The plan.</param>
/// <param name="shared">Who says when it may be packed, where several networks read it.</param>
internal sealed class PackedParameter(Parameter weight, ConvolutionPlan plan, SharedPlans? shared) : IDisposable
{
    private int _version;
    private int _pattern;
    private bool _keepsZeros;

    /// <summary>The weights as they were last packed.</summary>
    public PackedWeights Weights { get; } = plan.CreatePackedWeights();

    /// <summary>The weights as they are now.</summary>
    /// <param name="timing">What the packing's time goes to.</param>
    public PackedWeights Current(LayerTiming timing)
    {
        if (_version == weight.Version || shared is { MayPack: false }) return Weights;
        var start = Stopwatch.GetTimestamp();
        if (_keepsZeros && _version >= weight.MaskVersion && weight.Mask!.Version == _pattern)
        {
            Weights.UpdateValues(weight.Values);
        }
        else
        {
            Weights.Update(weight.Values);

            // A weight that trains but is zero just now would not be in the lists that later values go to.
            _pattern = weight.Mask?.Version ?? 0;
            _keepsZeros = weight.Mask is { } mask && weight.Length - weight.Values.Count(0f) == mask.Count;
        }

        _version = weight.Version;
        timing.Add(LayerPass.Packing, start, LayerTraffic.ReadingWeights(weight) + LayerTraffic.WritingWeights(weight));
        return Weights;
    }

    public void Dispose() => Weights.Dispose();
}
