using System.Globalization;

namespace SparseKernels.Onnx.Importing;

/// <summary>Gives each layer a name of its own: that of its weights, so that parameters are called as the model's initialisers.</summary>
internal sealed class LayerNames
{
    private const string Weight = ".weight";

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>The name of a layer with weights.</summary>
    /// <param name="weights">The name of the initialiser: <c>layer1.0.conv1.weight</c>, or whatever the exporter liked.</param>
    public string OfWeights(string weights) =>
        Free(weights.EndsWith(Weight, StringComparison.Ordinal) && weights.Length > Weight.Length ? weights[..^Weight.Length] : weights);

    /// <summary>The name, with a number behind it where it is taken.</summary>
    public string Free(string name)
    {
        var free = name;
        for (var number = 1; !_taken.Add(free); number++) free = string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
        return free;
    }
}
