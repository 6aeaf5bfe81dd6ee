using System.Globalization;
using SparseKernels.Schemas;
using SparseKernels.Training.Files;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Checkpoints;

/// <summary>
/// A network's weights as a safetensors file. Without masks every tensor stands under its own name, as any reader of the format has it. In
/// the sparse form (metadata <c>format: sparsekernels-sparse</c>, <c>version: 1</c>) each masked tensor is two: <c>NAME.values</c>, F32,
/// the values inside the mask, and <c>NAME.mask</c>, U8, a bitmap; at 95 % zeros that is a twelfth of the size. docs/sparse-safetensors.md
/// describes it for other readers.
/// </summary>
public sealed class WeightsFile
{
    private const string Format = "sparsekernels-sparse";
    private const string Version = "1";
    private const string ValuesSuffix = ".values";
    private const string MaskSuffix = ".mask";

    /// <summary>Gathers weights; nothing is copied.</summary>
    /// <param name="tensors">Parameters and buffers, whole.</param>
    /// <param name="masks">The masks of those that have one; their values outside are zero.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public WeightsFile(IReadOnlyList<NamedTensor> tensors, IReadOnlyList<NamedMask> masks)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(masks);
        (Tensors, Masks) = (tensors, masks);
    }

    /// <summary>Parameters and buffers, whole.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>The masks of those that have one; none after reading a file of plain tensors.</summary>
    public IReadOnlyList<NamedMask> Masks { get; }

    /// <summary>What each class is called, by its label (metadata <c>class-names</c>, a JSON array); none where nobody named them.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Names of what else was in the file: integers, for which weights have no place.</summary>
    internal IReadOnlyList<string> LeftOut { get; private init; } = [];

    /// <summary>Whether a file's text says that it is of the sparse form.</summary>
    internal static bool IsSparse(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault("format") == Format;

    /// <summary>Reads a file of either form.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or holds weights that are not finite; the message names it.</exception>
    public static WeightsFile Read(string path) => Read(path, leavesOutOthers: false);

    /// <summary>As above; plain files may have bytes too, which are left out.</summary>
    internal static WeightsFile Read(string path, bool leavesOutOthers)
    {
        var file = SafetensorsFile.Read(path);
        try
        {
            foreach (var tensor in file.Tensors) CheckFinite(tensor);
            if (IsSparse(file.Metadata)) return FromSparse(file);
            if (file.Bytes.Count > 0 && !leavesOutOthers)
                throw new InvalidDataException(
                    $"expected floats alone in a file whose format isn't {Format}, got bytes for '{file.Bytes[0].Name}'.");
            return new WeightsFile(file.Tensors, [])
            {
                ClassNames = ClassNameList.Parse(file.Metadata.GetValueOrDefault(ClassNameList.Key)),
                LeftOut = [.. file.Bytes.Select(bytes => bytes.Name), .. file.LeftOut],
            };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>Gives a network these weights and masks.</summary>
    /// <exception cref="InvalidDataException">They are another network's.</exception>
    internal void Restore(Network network)
    {
        foreach (var (from, to) in TensorMatch.Pair(Tensors, network.State, "model")) from.Values.CopyTo(to.Values, 0);
        MaskMatch.Restore(Masks, network.Parameters);
        network.Touch();
    }

    /// <summary>What the file holds.</summary>
    /// <param name="step">Optimiser steps that led to the weights.</param>
    /// <param name="dense">Plain tensors even where there are masks.</param>
    internal SafetensorsFile ToSafetensors(long step, bool dense)
    {
        var metadata = new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture) };
        ClassNameList.AddTo(metadata, ClassNames);
        if (dense || Masks.Count == 0)
        {
            // "pt" is what PyTorch's loaders look for.
            metadata.Add("format", "pt");
            return new SafetensorsFile(Tensors, metadata);
        }

        metadata.Add("format", Format);
        metadata.Add("version", Version);
        var masks = Masks.ToDictionary(mask => mask.Name, mask => mask.Mask);
        var tensors = new List<NamedTensor>();
        foreach (var tensor in Tensors)
        {
            if (masks.TryGetValue(tensor.Name, out var mask))
            {
                MaskedTensorForm.Describe(tensor, mask, metadata);
                tensors.Add(MaskedTensorForm.Pack(tensor, mask) with { Name = tensor.Name + ValuesSuffix });
            }
            else
            {
                tensors.Add(tensor);
            }
        }

        return new SafetensorsFile(
            tensors, [.. Masks.Select(mask => MaskedTensorForm.Bitmap(mask.Name + MaskSuffix, mask.Mask))], metadata);
    }

    private static void CheckFinite(NamedTensor tensor)
    {
        var wrong = Array.FindIndex(tensor.Values, value => !float.IsFinite(value));
        if (wrong >= 0) throw new InvalidDataException($"expected finite weights, got {tensor.Values[wrong]} in '{tensor.Name}'.");
    }

    private static WeightsFile FromSparse(SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("version") is var version && version != Version)
            throw new InvalidDataException($"expected version {Version} of format {Format}, got {version ?? "none"}.");
        var fields = new Fields(file.Metadata);
        var bitmaps = file.Bytes.ToDictionary(bitmap => bitmap.Name);
        var tensors = new List<NamedTensor>();
        var masks = new List<NamedMask>();
        foreach (var tensor in file.Tensors)
        {
            var name = tensor.Name.EndsWith(ValuesSuffix, StringComparison.Ordinal) ? tensor.Name[..^ValuesSuffix.Length] : null;
            if (name is null || !bitmaps.Remove(name + MaskSuffix, out var bitmap))
            {
                tensors.Add(tensor);
                continue;
            }

            var (mask, shape) = MaskedTensorForm.MaskOf(bitmap, name, fields);
            tensors.Add(MaskedTensorForm.Unpack(tensor with { Name = name }, mask, shape));
            masks.Add(new NamedMask(name, mask));
        }

        if (bitmaps.Count > 0) throw new InvalidDataException($"there are no values for the mask '{bitmaps.Keys.First()}'.");
        var names = new HashSet<string>();
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new InvalidDataException($"expected '{tensor.Name}' plain or in values and mask, got both.");
        }

        return new WeightsFile(tensors, masks) { ClassNames = ClassNameList.Parse(fields.TextOrNone(ClassNameList.Key)), LeftOut = file.LeftOut };
    }
}
