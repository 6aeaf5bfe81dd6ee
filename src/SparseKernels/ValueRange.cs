namespace SparseKernels;

/// <summary>What values are limited to: <c>min(max(v, Lowest), Highest)</c>. A NaN stays one.</summary>
/// <param name="Lowest">The lowest value; −∞ for none.</param>
/// <param name="Highest">The highest value; ∞ for none.</param>
public readonly record struct ValueRange(float Lowest, float Highest)
{
    /// <summary>A ReLU's: <c>max(v, 0)</c>.</summary>
    public static ValueRange Relu { get; } = new(0, float.PositiveInfinity);

    /// <summary>A ReLU6's: <c>min(max(v, 0), 6)</c> (Howard et al. 2017).</summary>
    public static ValueRange Relu6 { get; } = new(0, 6);

    /// <summary>Whether zero stays zero.</summary>
    internal bool KeepsZero => Lowest <= 0 && Highest >= 0;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Lowest} to {Highest}");
}
