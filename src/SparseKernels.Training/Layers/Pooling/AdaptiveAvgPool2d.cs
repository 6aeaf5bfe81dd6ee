using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// Means to an output of given size, whatever the input's: output row p of P is the mean of the rows from ⌊p·H/P⌋ up to ⌈(p + 1)·H/P⌉,
/// exclusive, and likewise along W: PyTorch's <c>nn.AdaptiveAvgPool2d</c>. The output may be larger than the input.
/// </summary>
public sealed class AdaptiveAvgPool2d : MeanPooling
{
    private readonly Size2D _output;

    /// <summary>Makes a pooling.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="output">Output height P and width Q; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    public AdaptiveAvgPool2d(string name, Size2D output)
        : base(name)
    {
        if (output.Height < 1 || output.Width < 1)
            throw new ArgumentOutOfRangeException(nameof(output), $"output of {name} must be 1x1 or more, got {output.Height}x{output.Width}.");
        _output = output;
    }

    /// <summary>Output height and width.</summary>
    internal Size2D Output => _output;

    internal override Layer Twin() => new AdaptiveAvgPool2d(Name, _output);

    private protected override (MeanRange[] Rows, MeanRange[] Columns) Ranges(FeatureShape input) =>
        (Parts(input.Height, _output.Height), Parts(input.Width, _output.Width));

    private static MeanRange[] Parts(int size, int outputs)
    {
        var parts = new MeanRange[outputs];
        for (var i = 0; i < outputs; i++)
        {
            var (first, end) = ((int)((long)i * size / outputs), (int)((((i + 1L) * size) + outputs - 1) / outputs));
            parts[i] = new(first, end, end - first);
        }

        return parts;
    }
}
