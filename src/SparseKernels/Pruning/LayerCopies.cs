namespace SparseKernels.Pruning;

/// <summary>Copies layers' masks, weights and momenta out, checks copies against the layers, and copies them back.</summary>
internal static class LayerCopies
{
    private const int BitsPerWord = 64;

    public static IReadOnlyDictionary<string, ulong[]> Masks(IEnumerable<PrunedLayer> layers) =>
        layers.ToDictionary(layer => layer.Name, layer => layer.Mask.Words.ToArray());

    public static PruningSnapshot Take(IReadOnlyList<PrunedLayer> layers) => new()
    {
        Masks = Masks(layers),
        Counts = Counts(layers),
        Weights = layers.ToDictionary(layer => layer.Name, layer => layer.Weights.ToArray()),
        Momenta = layers.Where(layer => !layer.Momentum.IsEmpty).ToDictionary(layer => layer.Name, layer => layer.Momentum.ToArray()),
    };

    /// <summary>The layers' counts under <c>LAYER/NAME</c>.</summary>
    public static IReadOnlyDictionary<string, double> Counts(IEnumerable<PrunedLayer> layers) =>
        layers.SelectMany(layer => layer.Counts.Write().Select(count => (Key: $"{layer.Name}/{count.Key}", count.Value)))
            .ToDictionary(count => count.Key, count => count.Value);

    /// <summary>One layer's of them, under their own names.</summary>
    public static IEnumerable<KeyValuePair<string, double>> CountsOf(PrunedLayer layer, IReadOnlyDictionary<string, double> counts) =>
        counts.Where(count => LayerOf(count.Key) == layer.Name).Select(count => KeyValuePair.Create(NameOf(count.Key), count.Value));

    public static void CheckCounts(IReadOnlyDictionary<string, double> counts, IReadOnlyList<PrunedLayer> layers, string argument)
    {
        if (counts is null) throw new ArgumentException("the counts of a pruning state can't be null.", argument);
        foreach (var (key, number) in counts)
        {
            if (layers.All(layer => layer.Name != LayerOf(key)))
                throw new ArgumentException($"the pruning state has counts of '{LayerOf(key)}', which is no pruned layer.", argument);
            PruningCounts.Check(NameOf(key), number);
        }
    }

    public static void Check(IReadOnlyDictionary<string, ulong[]> masks, IReadOnlyList<PrunedLayer> layers, string argument)
    {
        Same(masks?.Keys, layers, "masks", argument);
        foreach (var layer in layers)
        {
            var words = masks![layer.Name];
            Length(words?.Length, layer.Mask.Words.Length, "mask words", layer, argument);
            var rest = layer.Shape.WeightLength % BitsPerWord;
            if (rest != 0 && words![^1] >> rest != 0)
                throw new ArgumentException(
                    $"the mask of layer '{layer.Name}' has bits past its {layer.Shape.WeightLength} weights.", argument);
        }
    }

    public static void Check(PruningSnapshot snapshot, IReadOnlyList<PrunedLayer> layers, string argument)
    {
        Check(snapshot.Masks, layers, argument);
        Same(snapshot.Weights?.Keys, layers, "weights", argument);
        Same(snapshot.Momenta?.Keys, [.. layers.Where(layer => !layer.Momentum.IsEmpty)], "momenta", argument);
        foreach (var layer in layers)
        {
            Length(snapshot.Weights![layer.Name]?.Length, layer.Shape.WeightLength, "weights", layer, argument);
            if (!layer.Momentum.IsEmpty)
                Length(snapshot.Momenta![layer.Name]?.Length, layer.Shape.WeightLength, "momenta", layer, argument);
        }
    }

    public static void Restore(IReadOnlyDictionary<string, ulong[]> masks, IReadOnlyList<PrunedLayer> layers)
    {
        foreach (var layer in layers)
        {
            masks[layer.Name].CopyTo(layer.Mask.Words);
            layer.Apply();
        }
    }

    public static void Restore(PruningSnapshot snapshot, IReadOnlyList<PrunedLayer> layers)
    {
        foreach (var layer in layers)
        {
            snapshot.Weights[layer.Name].CopyTo(layer.Weights);
            if (!layer.Momentum.IsEmpty) snapshot.Momenta[layer.Name].CopyTo(layer.Momentum);
            layer.Counts.TakeBack(CountsOf(layer, snapshot.Counts));
        }

        Restore(snapshot.Masks, layers);
    }

    /// <summary>A layer's name may have slashes, a count's has none.</summary>
    private static string LayerOf(string key) => key[..Math.Max(0, key.LastIndexOf('/'))];

    private static string NameOf(string key) => key[(key.LastIndexOf('/') + 1)..];

    private static void Same(IEnumerable<string>? names, IReadOnlyList<PrunedLayer> layers, string what, string argument)
    {
        var expected = layers.Select(layer => layer.Name);
        if (names is null || !names.ToHashSet().SetEquals(expected))
            throw new ArgumentException($"the pruning state must have {what} of layers {string.Join(", ", expected)}, it has those of {string.Join(", ", names ?? [])}.", argument);
    }

    private static void Length(int? length, int expected, string what, PrunedLayer layer, string argument)
    {
        if (length != expected)
            throw new ArgumentException($"layer '{layer.Name}' needs {expected} {what}, the pruning state has {length ?? 0}.", argument);
    }
}
