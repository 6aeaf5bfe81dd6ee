namespace SparseKernels;

/// <summary>A height and a width in elements, as strides and dilations have them.</summary>
/// <param name="Height">Along H (rows).</param>
/// <param name="Width">Along W (columns).</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same value in both directions.</summary>
    /// <param name="both">Height and width.</param>
    public static implicit operator Size2D(int both) => new(both, both);

    /// <inheritdoc/>
    public override string ToString() => Height == Width ? $"{Height}" : $"{Height}x{Width}";
}
