using SparseKernels.Training.Layers;

namespace SparseKernels.Onnx.Importing;

/// <summary>
/// What is to be copied into parameters and buffers once the network is built, which gives them first values. Each is called as the
/// initialiser that it comes from, unless another one has that name: weights that two nodes share become two parameters.
/// </summary>
internal sealed class WeightLoads
{
    private readonly List<(float[] To, float[] From)> _loads = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public bool Any => _loads.Count > 0;

    /// <summary>Fills a layer's parameters, and behind them its buffers.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="tensors">The name of each initialiser and its elements in our order.</param>
    /// <exception cref="InvalidDataException">An initialiser is of another size, or not finite.</exception>
    public void Add(Layer layer, params ReadOnlySpan<(string Name, float[] Values)> tensors)
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            var (name, values) = tensors[i];
            var parameter = i < layer.Parameters.Count ? layer.Parameters[i] : null;
            var to = parameter?.Value ?? layer.Buffers[i - layer.Parameters.Count].Values;
            if (to.Length != values.Length) throw new InvalidDataException($"'{name}' must have {to.Length} elements, got {values.Length}.");
            if (Array.Exists(values, value => !float.IsFinite(value))) throw new InvalidDataException($"'{name}' has elements that are not finite.");
            if (_taken.Add(name)) Rename(layer, i, name);
            _loads.Add((to, values));
        }
    }

    /// <summary>Copies everything.</summary>
    public void Load()
    {
        foreach (var (to, from) in _loads) from.CopyTo(to, 0);
    }

    private static void Rename(Layer layer, int tensor, string name)
    {
        if (tensor < layer.Parameters.Count) layer.Parameters[tensor].Name = name;
        else layer.RenameBuffer(tensor - layer.Parameters.Count, name);
    }
}
