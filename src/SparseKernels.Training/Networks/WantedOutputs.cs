using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>Where a caller wants outputs of a network, checked.</summary>
internal readonly struct WantedOutputs
{
    private readonly IReadOnlyList<NamedShape> _outputs;
    private readonly IReadOnlyDictionary<string, Memory<float>> _wanted;

    /// <summary>Checks names and lengths.</summary>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="wanted">By name <c>[N, C, H, W]</c>, to be overwritten.</param>
    /// <param name="images">N.</param>
    /// <exception cref="ArgumentException">A name or length doesn't fit.</exception>
    public WantedOutputs(IReadOnlyList<NamedShape> outputs, IReadOnlyDictionary<string, Memory<float>> wanted, int images)
    {
        (_outputs, _wanted) = (outputs, wanted);
        var known = 0;
        for (var i = 0; i < outputs.Count; i++)
        {
            var (name, image) = outputs[i];
            if (!wanted.TryGetValue(name, out var to)) continue;
            known++;
            if (to.Length != (long)images * image.Length)
                throw new ArgumentException(
                    $"outputs must hold {(long)images * image.Length} elements for '{name}', {images} images of {image}, got {to.Length}.", nameof(outputs));
        }

        if (known != wanted.Count) throw Unknown(outputs, wanted);
    }

    /// <summary>Copies what a network gave for some of the images.</summary>
    public void Take(BuiltNetwork network, int first, int count)
    {
        for (var i = 0; i < _outputs.Count; i++)
        {
            var (name, image) = _outputs[i];
            if (_wanted.TryGetValue(name, out var to)) network.CopyOutput(i, to.Span.Slice(first * image.Length, count * image.Length));
        }
    }

    // Apart, so that only who throws makes the object behind the lambda.
    private static ArgumentException Unknown(IReadOnlyList<NamedShape> outputs, IReadOnlyDictionary<string, Memory<float>> wanted)
    {
        var unknown = wanted.Keys.First(name => outputs.All(output => output.Name != name));
        return new ArgumentException(
            $"outputs must be among {string.Join(", ", outputs.Select(output => $"'{output.Name}'"))}, got '{unknown}'.", nameof(outputs));
    }
}
