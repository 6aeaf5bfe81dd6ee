namespace SparseKernels.Training.Tensors;

/// <summary>The sizes of one image between two layers.</summary>
/// <param name="Channels">Channels C.</param>
/// <param name="Height">Height H.</param>
/// <param name="Width">Width W.</param>
public readonly record struct FeatureShape(int Channels, int Height, int Width)
{
    /// <summary>Elements: C·H·W.</summary>
    public int Length => checked(Channels * Height * Width);

    /// <inheritdoc/>
    public override string ToString() => $"[{Channels}, {Height}, {Width}]";

    /// <summary>Requires every size to be 1 or more.</summary>
    /// <param name="argument">What the caller's argument is called.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    internal void Require(string argument)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Channels, 1, argument);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 1, argument);
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1, argument);
    }
}
