using System.Globalization;
using System.Runtime.InteropServices;
using SparseKernels.Pruning;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tensors;

namespace SparseKernels.TorchSharp.Pruning;

/// <summary>
/// The state of a pruning unit as a safetensors file: masks as bytes (<c>NAME.mask</c>, bit i % 8 of byte i / 8 for weight i), the numbers of the strategy in
/// the metadata, and what the gate keeps under <c>kept.</c>
/// </summary>
internal static class PruningStateFile
{
    private const string Format = "sparsekernels-pruning-state", FormatKey = "format", StepsKey = "steps", StrategyKey = "strategy";
    private const string NumberPrefix = "number.", MaskSuffix = ".mask", Kept = "kept.", MomentumSuffix = ".momentum";

    /// <summary>Writes a state.</summary>
    /// <exception cref="IOException">Writing fails.</exception>
    public static void Write(string path, PruningState state)
    {
        var metadata = new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [StepsKey] = state.Steps.ToString(CultureInfo.InvariantCulture),
            [StrategyKey] = state.Strategy,
        };
        foreach (var (name, number) in state.Numbers) metadata.Add(NumberPrefix + name, number.ToString("R", CultureInfo.InvariantCulture));
        var bytes = state.Masks.Select(mask => Bytes(mask.Key, mask.Value)).ToList();
        var tensors = new List<NamedTensor>();
        if (state.Snapshot is { } kept)
        {
            bytes.AddRange(kept.Masks.Select(mask => Bytes(Kept + mask.Key, mask.Value)));
            tensors.AddRange(kept.Weights.Select(weights => new NamedTensor(Kept + weights.Key, [weights.Value.Length], weights.Value)));
            tensors.AddRange(kept.Momenta.Select(momentum => new NamedTensor(Kept + momentum.Key + MomentumSuffix, [momentum.Value.Length], momentum.Value)));
        }

        new SafetensorsFile(tensors, bytes, metadata).Save(path);
    }

    /// <summary>Reads a state.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PruningState Read(string path)
    {
        var file = SafetensorsFile.Read(path);
        if (file.Metadata.GetValueOrDefault(FormatKey) != Format)
            throw new InvalidDataException($"'{path}' must be of format {Format}, got {file.Metadata.GetValueOrDefault(FormatKey) ?? "none"}.");
        var steps = file.Metadata.GetValueOrDefault(StepsKey);
        var strategy = file.Metadata.GetValueOrDefault(StrategyKey);
        if (strategy is null || !long.TryParse(steps, NumberStyles.None, CultureInfo.InvariantCulture, out var taken))
            throw new InvalidDataException($"'{path}' must name a strategy and steps of 0 or more, got '{strategy}' and '{steps}'.");
        var numbers = new Dictionary<string, double>();
        foreach (var (key, text) in file.Metadata.Where(entry => entry.Key.StartsWith(NumberPrefix, StringComparison.Ordinal)))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                throw new InvalidDataException($"'{path}': {key} must be a number, got '{text}'.");
            numbers.Add(key[NumberPrefix.Length..], number);
        }

        var kept = new PruningSnapshot
        {
            Masks = Masks(path, file, isKept: true),
            Weights = Tensors(file, isMomentum: false),
            Momenta = Tensors(file, isMomentum: true),
        };
        return new PruningState { Steps = taken, Strategy = strategy, Numbers = numbers, Masks = Masks(path, file, isKept: false), Snapshot = kept.Masks.Count > 0 ? kept : null };
    }

    private static NamedBytes Bytes(string name, ulong[] mask)
    {
        var bytes = MemoryMarshal.AsBytes<ulong>(mask).ToArray();
        return new NamedBytes(name + MaskSuffix, [bytes.Length], bytes);
    }

    private static Dictionary<string, ulong[]> Masks(string path, SafetensorsFile file, bool isKept)
    {
        var masks = new Dictionary<string, ulong[]>();
        foreach (var bytes in file.Bytes)
        {
            if (bytes.Name.StartsWith(Kept, StringComparison.Ordinal) != isKept) continue;
            if (!bytes.Name.EndsWith(MaskSuffix, StringComparison.Ordinal) || bytes.Values.Length % sizeof(ulong) != 0)
                throw new InvalidDataException($"'{path}': bytes must be masks of whole 64-bit words, got {bytes.Values.Length} called '{bytes.Name}'.");
            masks.Add(bytes.Name[(isKept ? Kept.Length : 0)..^MaskSuffix.Length], MemoryMarshal.Cast<byte, ulong>(bytes.Values).ToArray());
        }

        return masks;
    }

    private static Dictionary<string, float[]> Tensors(SafetensorsFile file, bool isMomentum) => file.Tensors
        .Where(tensor => tensor.Name.EndsWith(MomentumSuffix, StringComparison.Ordinal) == isMomentum && tensor.Name.StartsWith(Kept, StringComparison.Ordinal))
        .ToDictionary(tensor => tensor.Name[Kept.Length..^(isMomentum ? MomentumSuffix.Length : 0)], tensor => tensor.Values);
}
