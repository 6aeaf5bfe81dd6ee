using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Networks;

/// <summary>Images for all inputs of a network, checked: those of the only input, or each input's under its name.</summary>
internal readonly ref struct InputImages
{
    private readonly IReadOnlyList<NamedShape> _inputs;
    private readonly ReadOnlySpan<float> _images;
    private readonly IReadOnlyDictionary<string, ReadOnlyMemory<float>>? _named;
    private readonly int _first;

    /// <summary>Images of the only input.</summary>
    /// <param name="inputs">The network's inputs.</param>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="count">N.</param>
    /// <exception cref="ArgumentException">There are not as many, or none.</exception>
    /// <exception cref="InvalidOperationException">The network has several inputs.</exception>
    public InputImages(IReadOnlyList<NamedShape> inputs, ReadOnlySpan<float> images, int count)
    {
        if (inputs.Count > 1)
            throw new InvalidOperationException(
                $"the network has the inputs {string.Join(", ", inputs.Select(input => $"'{input.Name}'"))}: give each its images under its name.");
        if (count < 1) throw new ArgumentException("images must hold at least one image with its label.", nameof(images));
        if (images.Length != (long)count * inputs[0].Image.Length)
            throw new ArgumentException(
                $"images must have {(long)count * inputs[0].Image.Length} elements for {count} images of {inputs[0].Image}, got {images.Length}.", nameof(images));
        (_inputs, Count) = (inputs, count);
        _images = images;
    }

    /// <summary>Images under the names of their inputs.</summary>
    /// <param name="inputs">The network's inputs.</param>
    /// <param name="named">For each input <c>[N, C, H, W]</c>, of one N of 1 or more.</param>
    /// <exception cref="ArgumentException">An input lacks images, has another number of them, or there is no such input.</exception>
    public InputImages(IReadOnlyList<NamedShape> inputs, IReadOnlyDictionary<string, ReadOnlyMemory<float>> named)
    {
        (_inputs, _named) = (inputs, named);
        for (var i = 0; i < inputs.Count; i++)
        {
            var (name, image) = inputs[i];
            if (!named.TryGetValue(name, out var images)) throw new ArgumentException($"inputs must hold images for '{name}', which they lack.", nameof(inputs));
            if (images.IsEmpty || images.Length % image.Length != 0)
                throw new ArgumentException(
                    $"inputs must hold a multiple of {image.Length} elements for '{name}', images of {image}, got {images.Length}.", nameof(inputs));
            if (i == 0) Count = images.Length / image.Length;
            else if (images.Length / image.Length != Count)
                throw new ArgumentException(
                    $"inputs must hold as many images for '{name}' as for '{inputs[0].Name}', {Count}, got {images.Length / image.Length}.", nameof(inputs));
        }

        if (named.Count != inputs.Count) throw Unknown(inputs, named);
    }

    private InputImages(InputImages whole, int first, int count)
    {
        this = whole;
        (_first, Count) = (whole._first + first, count);
    }

    /// <summary>Images for each input.</summary>
    public int Count { get; }

    /// <summary>Some of them.</summary>
    public InputImages Part(int first, int count) => new(this, first, count);

    /// <summary>Packs them into a network's inputs.</summary>
    /// <returns>What it moves.</returns>
    public LayerTraffic Load(BuiltNetwork network)
    {
        var moved = default(LayerTraffic);
        for (var i = 0; i < _inputs.Count; i++)
        {
            var (name, image) = _inputs[i];
            var all = _named is null ? _images : _named[name].Span;
            moved += network.Load(i, all.Slice(_first * image.Length, Count * image.Length));
        }

        return moved;
    }

    // Apart, so that only who throws makes the object behind the lambda.
    private static ArgumentException Unknown(IReadOnlyList<NamedShape> inputs, IReadOnlyDictionary<string, ReadOnlyMemory<float>> named)
    {
        var unknown = named.Keys.First(name => inputs.All(input => input.Name != name));
        return new ArgumentException($"inputs must be {string.Join(", ", inputs.Select(input => $"'{input.Name}'"))}, got '{unknown}' too.", nameof(inputs));
    }
}
