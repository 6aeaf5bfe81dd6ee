namespace SparseKernels.Distributed.Sums;

/// <summary>
/// A way to add up what the ranks hold, element by element in the order of the ranks, so that every way gives the same bits. Collective: all
/// ranks use the same way with the same lengths.
/// </summary>
internal interface IRankSum
{
    /// <summary>Adds up; the values are overwritten with the sums.</summary>
    void Sum(Span<float> values);
}
