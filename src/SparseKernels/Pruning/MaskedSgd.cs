namespace SparseKernels.Pruning;

/// <summary>
/// Settings of stochastic gradient descent as PyTorch's <c>torch.optim.SGD</c> defines it (no dampening), held to a mask m. With
/// g = gradient + decay·w: <c>v ← m·(momentum·v + g)</c>, then <c>w ← m·(w − rate·v)</c>, or with Nesterov <c>w ← m·(w − rate·(g +
/// momentum·v))</c>.
/// </summary>
/// <remarks>
/// A layer with few weights left learns slower at the same rate than it did with all. With a <see cref="RateExponent"/> a over 0 its rate
/// is
/// <c>rate·d^−a</c> instead, d being the share of its weights that are left before the step. Dey, Bergsma and Hestness, "Sparse maximal update
/// parameterization" (NeurIPS 2024), section 3, derive a = 1 for networks that are sparse from the start, at random, and trained by Adam.
/// </remarks>
public sealed record MaskedSgd
{
    /// <summary>Makes and checks settings.</summary>
    /// <param name="momentum">0 to 1, 1 excluded.</param>
    /// <param name="weightDecay">The factor of w that is added to the gradient; 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs a momentum.</param>
    /// <param name="rateExponent">How strongly a layer's learning rate rises as its weights get fewer: 0, not at all, to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="nesterov"/> without momentum.</exception>
    public MaskedSgd(float momentum = 0.9f, float weightDecay = 0, bool nesterov = false, float rateExponent = 0)
    {
        if (!(momentum >= 0 && momentum < 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), $"momentum must be 0 or more and under 1, got {momentum}.");
        if (!(weightDecay >= 0 && float.IsFinite(weightDecay)))
            throw new ArgumentOutOfRangeException(nameof(weightDecay), $"weightDecay must be finite and 0 or more, got {weightDecay}.");
        if (!(rateExponent is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(rateExponent), $"rateExponent must be 0 to 1, got {rateExponent}.");
        if (nesterov && momentum == 0) throw new ArgumentException("nesterov needs a momentum over 0.", nameof(nesterov));
        (Momentum, WeightDecay, Nesterov, RateExponent) = (momentum, weightDecay, nesterov, rateExponent);
    }

    /// <summary>The momentum.</summary>
    public float Momentum { get; }

    /// <summary>The weight decay.</summary>
    public float WeightDecay { get; }

    /// <summary>Whether the update looks ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <summary>The power of a layer's density by which its learning rate is divided.</summary>
    public float RateExponent { get; }

    /// <summary>The rate of a layer that has this share of its weights left.</summary>
    internal float RateAt(double density, float rate) =>
        RateExponent == 0 || density is <= 0 or >= 1 ? rate : (float)(rate * Math.Pow(density, -RateExponent));
}
