using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// <c>y = min(max(x, lowest), highest)</c>; the gradient passes where x lies strictly between the two: PyTorch's <c>nn.Hardtanh</c>.
/// </summary>
public sealed class Clip : Activation
{
    /// <summary>Makes an activation.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="lowest">The least output; −∞ for none.</param>
    /// <param name="highest">The greatest output, over <paramref name="lowest"/>; ∞ for none.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="highest"/> is not over <paramref name="lowest"/>, or one is NaN.</exception>
    public Clip(string name, float lowest = -1, float highest = 1)
        : base(name, new ActivationSweep<ClipFunction>(new(lowest, highest)))
    {
        if (!(lowest < highest))
            throw new ArgumentOutOfRangeException(nameof(highest), $"highest of {name} must be over lowest, {lowest}, got {highest}.");
        Range = new ValueRange(lowest, highest);
    }

    /// <summary>The least and the greatest output.</summary>
    internal ValueRange Range { get; }

    internal override ValueRange? Limits => Range;

    internal override Layer Twin() => new Clip(Name, Range.Lowest, Range.Highest);
}
