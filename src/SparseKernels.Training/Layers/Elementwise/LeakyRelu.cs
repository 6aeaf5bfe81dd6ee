using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = x</c> where x is over 0, else <c>slope · x</c>: PyTorch's <c>nn.LeakyReLU</c> (Maas et al. 2013).</summary>
public sealed class LeakyRelu : Activation
{
    private readonly float _slope;

    /// <summary>Makes an activation.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="negativeSlope">The slope where x is 0 or less; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="negativeSlope"/> is infinite or NaN.</exception>
    public LeakyRelu(string name, float negativeSlope = 0.01f)
        : base(name, new ActivationSweep<LeakyReluFunction>(new(negativeSlope)))
    {
        if (!float.IsFinite(negativeSlope))
            throw new ArgumentOutOfRangeException(nameof(negativeSlope), $"negativeSlope of {name} must be finite, got {negativeSlope}.");
        _slope = negativeSlope;
    }

    /// <summary>The slope where x is 0 or less.</summary>
    internal float NegativeSlope => _slope;

    internal override Layer Twin() => new LeakyRelu(Name, _slope);
}
