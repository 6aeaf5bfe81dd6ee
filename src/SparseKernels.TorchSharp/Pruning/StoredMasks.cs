using SparseKernels.Pruning;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.TorchSharp.Pruning;

/// <summary>The masks that a weights file in the sparse form has, for the layers of a pruning unit.</summary>
internal static class StoredMasks
{
    /// <summary>Reads them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unit">The unit, which stays as it is.</param>
    /// <returns>The unit's state with these masks; a layer of which the file has none keeps its own.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, has no masks, or one that fits no layer.</exception>
    public static PruningState Read(string path, PruningUnit unit)
    {
        var stored = WeightsFile.Read(path).Masks;
        if (stored.Count == 0) throw new InvalidDataException($"'{path}' must have masks, as the sparse form of a weights file has, got none.");
        var state = unit.State;
        var masks = new Dictionary<string, ulong[]>(state.Masks);
        foreach (var named in stored)
        {
            var (name, mask) = named;
            var layer = unit.Layers.FirstOrDefault(layer => layer.Name == name) ?? throw new InvalidDataException(
                $"'{path}' must have masks of pruned layers ({string.Join(", ", unit.Layers.Select(layer => layer.Name))}), got one of '{name}'.");
            if (SizesOf(mask.Shape) != SizesOf(layer.Shape))
                throw new InvalidDataException($"'{path}': the mask of '{name}' must be of weights {SizesOf(layer.Shape)}, got {SizesOf(mask.Shape)}.");
            masks[name] = named.CopyWords();
        }

        return state with { Masks = masks };
    }

    private static (int K, int GroupC, int R, int S) SizesOf(ConvolutionShape shape) => (shape.K, shape.GroupC, shape.R, shape.S);
}
