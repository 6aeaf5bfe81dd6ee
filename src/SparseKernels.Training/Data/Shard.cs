namespace SparseKernels.Training.Data;

/// <summary>One of several shares of every batch: neighbouring images in the batch's order, no share more than one larger than another.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>The only share of all.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>Its first image in a batch.</summary>
    /// <param name="batch">Images of the batch.</param>
    /// <returns>From 0 to the batch's images.</returns>
    public int FirstOf(int batch) => (int)((long)batch * Index / Count);

    /// <summary>Its images of a batch.</summary>
    /// <param name="batch">Images of the batch.</param>
    /// <returns>Their number.</returns>
    public int LengthOf(int batch) => (int)((long)batch * (Index + 1) / Count) - FirstOf(batch);
}
