namespace SparseKernels;

/// <summary>Zero padding of an image in elements, each side its own.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Right">Columns to the right.</param>
public readonly record struct Padding2D(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The same padding on all four sides.</summary>
    /// <param name="all">Top, bottom, left and right.</param>
    public static implicit operator Padding2D(int all) => new(all, all, all, all);

    /// <inheritdoc/>
    public override string ToString() =>
        Top == Bottom && Top == Left && Top == Right ? $"{Top}" : $"(top {Top}, bottom {Bottom}, left {Left}, right {Right})";
}
