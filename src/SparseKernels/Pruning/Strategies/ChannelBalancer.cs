using SparseKernels.Sparsity;

namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// Evens sparsity out across input channels (PNPU, VLSI 2020): thresholds are lowered for input channels that are sparser than the layer
/// and raised for denser ones, <c>factor(c) = clamp((density(c) / density)^Strength, 1 / Limit, Limit)</c>.
/// </summary>
public sealed record ChannelBalancer
{
    /// <summary>Makes and checks a balancer.</summary>
    /// <param name="strength">How strongly a channel's density moves its threshold; 0 for not at all.</param>
    /// <param name="limit">The greatest factor, and 1 over the least; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range or not finite.</exception>
    public ChannelBalancer(float strength = 0.5f, float limit = 2)
    {
        if (!(strength >= 0 && float.IsFinite(strength)))
            throw new ArgumentOutOfRangeException(nameof(strength), $"strength must be finite and 0 or more, got {strength}.");
        if (!(limit >= 1 && float.IsFinite(limit)))
            throw new ArgumentOutOfRangeException(nameof(limit), $"limit must be finite and 1 or more, got {limit}.");
        (Strength, Limit) = (strength, limit);
    }

    /// <summary>How strongly a channel's density moves its threshold.</summary>
    public float Strength { get; }

    /// <summary>The greatest factor, and 1 over the least.</summary>
    public float Limit { get; }

    /// <summary>The factor of each input channel's thresholds; 1 for all where the layer has no weights left.</summary>
    /// <param name="mask">The weights that are left.</param>
    /// <returns><c>[C/Groups]</c>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    public float[] FactorsOf(WeightPattern mask)
    {
        var live = ChannelImbalance.LiveOfInputs(mask);
        var factors = new float[live.Length];
        var mean = (double)mask.Count / live.Length;
        for (var c = 0; c < live.Length; c++)
            factors[c] = mean == 0 ? 1 : (float)Math.Clamp(Math.Pow(live[c] / mean, Strength), 1.0 / Limit, Limit);
        return factors;
    }
}
