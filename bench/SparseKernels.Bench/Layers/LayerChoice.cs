namespace SparseKernels.Bench.Layers;

/// <summary>What <c>--layers</c> means: a shapes file, or the layers of the bench's own file whose name contains a text.</summary>
internal static class LayerChoice
{
    /// <summary>Finds the layers.</summary>
    /// <param name="choice">A file's path, part of a layer's name (several apart by commas), or null for all layers.</param>
    /// <returns>At least one layer.</returns>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="InvalidDataException">The file is wrong.</exception>
    /// <exception cref="ArgumentException">No layer has such a name.</exception>
    public static IReadOnlyList<BenchLayer> Find(string? choice)
    {
        if (choice is not null && File.Exists(choice)) return ShapesFile.Read(choice);
        var all = ShapesFile.Read(ShapesFile.DefaultPath);
        if (choice is null) return all;
        var parts = choice.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var found = all.Where(layer => parts.Any(part => layer.Name.Contains(part, StringComparison.OrdinalIgnoreCase))).ToArray();
        return found.Length > 0
            ? found
            : throw new ArgumentException($"--layers {choice}: no such file, and no layer's name contains it; layers: {string.Join(", ", all.Select(layer => layer.Name))}.");
    }
}
