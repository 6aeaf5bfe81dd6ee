using SparseKernels.Training.Checkpoints;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.StateDicts;

/// <summary>Reads a model's parameters and buffers from a safetensors file: all that fit, or none.</summary>
internal static class StateDictReader
{
    /// <summary>Reads them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether every tensor must be there, fit and be wanted.</param>
    /// <returns>What fitted and what did not.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged or doesn't fit; nothing was written then.</exception>
    /// <exception cref="NotSupportedException">A tensor of the model can't be written; nothing was written then.</exception>
    public static WeightsReport Read(AnyModule model, string path, bool strict)
    {
        var file = FileTensor.ReadAll(path);
        var (report, pairs) = Match(file, model.state_dict());
        if ((strict && !report.IsWhole) || pairs.Count == 0)
            throw new InvalidDataException($"'{path}' doesn't fit {model.GetName()}: {report.ToString().ReplaceLineEndings("; ")}");
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var converted = new List<(Tensor From, Tensor To)>();
        foreach (var (from, to) in pairs)
        {
            if (TensorPlace.RepeatsElements(to))
                throw new NotSupportedException($"'{from.Name}' can't be loaded: elements of it share memory, as those of an expanded tensor do.");
            converted.Add((from.As(to) ?? throw new InvalidDataException($"'{path}': expected values of '{from.Name}' that {to.dtype} can hold, got {from.Type}."), to));
        }

        // All is known to fit by now.
        foreach (var (from, to) in converted) to.copy_(from.reshape(to.shape));
        return report;
    }

    private static (WeightsReport Report, List<(FileTensor From, Tensor To)> Pairs) Match(List<FileTensor> file, Dictionary<string, Tensor> state)
    {
        var left = file.ToDictionary(tensor => tensor.Name);
        var pairs = new List<(FileTensor From, Tensor To)>();
        var missing = new List<string>();
        var misshapen = new List<MisshapenTensor>();
        foreach (var (name, to) in state)
        {
            if (!left.Remove(name, out var from)) missing.Add(name);
            else if (!IsOfShape(from, to)) misshapen.Add(new MisshapenTensor(name, [.. to.shape.Select(size => (int)size)], from.Shape));
            else pairs.Add((from, to));
        }

        var places = Places(pairs);
        missing.RemoveAll(name => name.EndsWith(NetworkWeights.BatchCounter, StringComparison.Ordinal)
            || (TensorPlace.Of(state[name]) is { } place && places.ContainsKey(place)));
        string[] unexpected = [.. left.Keys.Where(name => !name.EndsWith(NetworkWeights.BatchCounter, StringComparison.Ordinal))];
        return (new WeightsReport([.. pairs.Select(pair => pair.From.Name)], missing, unexpected, misshapen, []), pairs);
    }

    /// <summary>The places that are written, and from what.</summary>
    /// <exception cref="InvalidDataException">One would be written twice, with different values.</exception>
    /// <exception cref="NotSupportedException">Two share a part of their memory.</exception>
    private static Dictionary<TensorPlace, FileTensor> Places(List<(FileTensor From, Tensor To)> pairs)
    {
        var places = new Dictionary<TensorPlace, FileTensor>();
        foreach (var (from, to) in pairs)
        {
            if (TensorPlace.Of(to) is not { } place || places.TryAdd(place, from)) continue;
            if (!from.HasValuesOf(places[place]))
                throw new InvalidDataException($"'{places[place].Name}' and '{from.Name}' share memory in the model: expected the same values for both, got different ones.");
        }

        var sorted = places.OrderBy(entry => entry.Key.First).ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i - 1].Key.Overlaps(sorted[i].Key))
            {
                throw new NotSupportedException(
                    $"'{sorted[i - 1].Value.Name}' ({sorted[i - 1].Key.Order}) and '{sorted[i].Value.Name}' ({sorted[i].Key.Order}) share a part of their memory: "
                    + "they can't be loaded from a file.");
            }
        }

        return places;
    }

    /// <summary>Whether the sizes are alike; a scalar may also be a tensor of one element.</summary>
    private static bool IsOfShape(FileTensor from, Tensor to)
    {
        var sizes = to.shape;
        return sizes.SequenceEqual(from.Shape.Select(size => (long)size))
            || (to.NumberOfElements == 1 && from.Shape.All(size => size == 1) && Math.Max(sizes.Length, from.Shape.Length) == 1);
    }
}
