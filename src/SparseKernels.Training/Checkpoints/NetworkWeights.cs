using SparseKernels.Files;
using SparseKernels.Sparsity;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Checkpoints;

/// <summary>A network's weights to a file and back.</summary>
public static class NetworkWeights
{
    /// <summary>What PyTorch's batch normalisation counts and its default momentum never reads.</summary>
    internal const string BatchCounter = ".num_batches_tracked";

    /// <summary>Writes parameters, buffers and masks, in one rename; see <see cref="WeightsFile"/>.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="dense">Plain tensors even where there are masks, for readers that know no other form.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file system refuses; a file that was there is still whole.</exception>
    public static void Save(this Network network, string path, bool dense = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var masks = network.Parameters.Where(parameter => parameter.Mask is not null).Select(parameter => new NamedMask(parameter.Name, parameter.Mask!));
        AtomicFile.Write(path, new WeightsFile(network.State, [.. masks]).ToSafetensors(network.StepsTaken, dense).WriteTo);
    }

    /// <summary>
    /// Reads a safetensors file of any writer by the tensors' names: F32, F64, F16 and BF16, or the sparse form of <see cref="WeightsFile"/>.
    /// Parameters get the file's masks; those that are plain in the file have no mask afterwards, or one that leaves nothing out where they had one.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file.</param>
    /// <param name="loading">How it must fit; in everything by default.</param>
    /// <returns>What fitted and what did not.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is damaged, holds weights that are not finite, or is not as <paramref name="loading"/> demands, or nothing in it fits. Nothing was
    /// written then.
    /// </exception>
    public static WeightsReport Load(this Network network, string path, WeightsLoading? loading = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(path);
        loading ??= new WeightsLoading();
        var file = WeightsFile.Read(path, leavesOutOthers: true);
        var (report, pairs) = Match(file, network, loading);
        if ((loading.Strict && !report.IsWhole) || pairs.Count == 0)
            throw new InvalidDataException($"'{path}' doesn't fit {network.Name}: {report.ToString().ReplaceLineEndings("; ")}");
        var masks = file.Masks.ToDictionary(mask => mask.Name, mask => mask.Mask);
        foreach (var (from, parameter) in ParametersOf(pairs, network))
        {
            if (masks.TryGetValue(from, out var mask) && !parameter.Fits(mask))
                throw new InvalidDataException($"'{path}': the mask of '{from}' is of {mask.Shape}, expected [{string.Join(", ", parameter.Shape)}].");
        }

        foreach (var (from, to) in pairs) from.Values.CopyTo(to.Values, 0);
        foreach (var (from, parameter) in ParametersOf(pairs, network)) SetMask(parameter, masks.GetValueOrDefault(from));
        network.Touch();
        return report;
    }

    private static (WeightsReport Report, List<(NamedTensor From, NamedTensor To)> Pairs) Match(WeightsFile file, Network network, WeightsLoading loading)
    {
        var left = file.Tensors.ToDictionary(tensor => tensor.Name);
        var head = loading.NewHead ? HeadOf(network, left) : [];
        var pairs = new List<(NamedTensor From, NamedTensor To)>();
        var missing = new List<string>();
        var misshapen = new List<MisshapenTensor>();
        foreach (var to in network.State)
        {
            var found = left.Remove(to.Name, out var from);
            if (head.Contains(to.Name)) continue;
            if (!found) missing.Add(to.Name);
            else if (!from!.Shape.AsSpan().SequenceEqual(to.Shape)) misshapen.Add(new MisshapenTensor(to.Name, to.Shape, from.Shape));
            else pairs.Add((from, to));
        }

        string[] unexpected = [.. left.Keys.Concat(file.LeftOut).Where(name => !name.EndsWith(BatchCounter, StringComparison.Ordinal))];
        return (new WeightsReport([.. pairs.Select(pair => pair.To.Name)], missing, unexpected, misshapen, head), pairs);
    }

    /// <summary>The last layer's tensors if the file has none of them, or differs from them in the number of classes alone.</summary>
    private static string[] HeadOf(Network network, Dictionary<string, NamedTensor> file)
    {
        var layer = network.Plans[^1].Name + ".";
        Parameter[] head = [.. network.Parameters.Where(parameter => parameter.Name.StartsWith(layer, StringComparison.Ordinal))];
        var isMissing = Array.TrueForAll(head, parameter => !file.ContainsKey(parameter.Name));
        var isOther = Array.Exists(head, parameter => file.TryGetValue(parameter.Name, out var theirs)
            && theirs.Shape.Length == parameter.Shape.Length && theirs.Shape[0] != parameter.Shape[0]
            && theirs.Shape.AsSpan(1).SequenceEqual(parameter.Shape.AsSpan(1)));
        return isMissing || isOther ? [.. head.Select(parameter => parameter.Name)] : [];
    }

    private static IEnumerable<(string From, Parameter Parameter)> ParametersOf(List<(NamedTensor From, NamedTensor To)> pairs, Network network) =>
        pairs.Join(network.Parameters, pair => pair.To.Name, parameter => parameter.Name, (pair, parameter) => (pair.From.Name, parameter));

    private static void SetMask(Parameter parameter, WeightPattern? mask)
    {
        if (parameter.Mask is not { } present)
        {
            parameter.Mask = mask;
            return;
        }

        // Whoever prunes the parameter holds this object.
        var bits = mask ?? WeightPattern.Full(present.Shape, present.Group);
        bits.Words.CopyTo(present.Words);
        present.Touch();
        parameter.Mask = present;
    }
}
