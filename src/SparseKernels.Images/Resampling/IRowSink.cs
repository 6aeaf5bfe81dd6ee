namespace SparseKernels.Images.Resampling;

/// <summary>Takes the rows of a resized picture.</summary>
internal interface IRowSink
{
    /// <summary>Takes a row.</summary>
    /// <param name="y">Its place, from 0.</param>
    /// <param name="row"><c>[width, 3]</c>, 0 to 255, not rounded; overwritten after the call.</param>
    void Take(int y, ReadOnlySpan<float> row);
}
