using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>Parameters cut into work items, whose number and places follow from the sizes alone.</summary>
internal sealed class ParameterChunks
{
    /// <summary>Elements of one work item: 64 KiB of each array, so that an item's streams fit L2.</summary>
    private const int Most = 16 * 1024;

    private readonly (Parameter Parameter, int Start, int Length)[] _chunks;

    public ParameterChunks(IEnumerable<Parameter> parameters)
    {
        Parameters = [.. parameters];
        _chunks = [.. Parameters.SelectMany(ChunksOf)];
    }

    public Parameter[] Parameters { get; }

    public int Count => _chunks.Length;

    public (Parameter Parameter, int Start, int Length) this[int item] => _chunks[item];

    /// <summary>What a sweep over all parameters that are not frozen moves.</summary>
    /// <param name="read">Arrays of each that it reads.</param>
    /// <param name="written">Arrays of each that it writes.</param>
    public LayerTraffic Traffic(int read, int written)
    {
        long bytes = 0;
        foreach (var parameter in Parameters) bytes += parameter.IsFrozen ? 0 : (long)parameter.Length * sizeof(float);
        return new LayerTraffic(bytes * read, bytes * written);
    }

    /// <summary>Says of all that are not frozen that their values changed, and kept to their masks.</summary>
    public void TouchTrained()
    {
        foreach (var parameter in Parameters)
        {
            if (!parameter.IsFrozen) parameter.TouchMasked();
        }
    }

    private static IEnumerable<(Parameter Parameter, int Start, int Length)> ChunksOf(Parameter parameter)
    {
        var length = parameter.Length;
        for (var start = 0; start < length; start += Most) yield return (parameter, start, Math.Min(Most, length - start));
    }
}
