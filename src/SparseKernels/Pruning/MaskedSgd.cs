namespace SparseKernels.Pruning;

/// <summary>
/// Settings of stochastic gradient descent as PyTorch's <c>torch.optim.SGD</c> defines it (no dampening), held to a mask m. With
/// g = gradient + decay·w: <c>v ← m·(momentum·v + g)</c>, then <c>w ← m·(w − rate·v)</c>, or with Nesterov <c>w ← m·(w − rate·(g + momentum·v))</c>.
/// </summary>
public sealed record MaskedSgd
{
    /// <summary>Makes and checks settings.</summary>
    /// <param name="momentum">0 to 1, 1 excluded.</param>
    /// <param name="weightDecay">The factor of w that is added to the gradient; 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs a momentum.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="nesterov"/> without momentum.</exception>
    public MaskedSgd(float momentum = 0.9f, float weightDecay = 0, bool nesterov = false)
    {
        if (!(momentum >= 0 && momentum < 1)) throw new ArgumentOutOfRangeException(nameof(momentum), $"momentum must be 0 or more and under 1, got {momentum}.");
        if (!(weightDecay >= 0 && float.IsFinite(weightDecay))) throw new ArgumentOutOfRangeException(nameof(weightDecay), $"weightDecay must be finite and 0 or more, got {weightDecay}.");
        if (nesterov && momentum == 0) throw new ArgumentException("nesterov needs a momentum over 0.", nameof(nesterov));
        (Momentum, WeightDecay, Nesterov) = (momentum, weightDecay, nesterov);
    }

    /// <summary>The momentum.</summary>
    public float Momentum { get; }

    /// <summary>The weight decay.</summary>
    public float WeightDecay { get; }

    /// <summary>Whether the update looks ahead along the momentum.</summary>
    public bool Nesterov { get; }
}
