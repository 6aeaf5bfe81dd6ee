namespace SparseKernels.Training.Layers;

/// <summary>A layer that can write the non-zeros of its output in the sweep that writes the output: cheaper than a sweep of their own.</summary>
internal interface INonZeroCounter
{
    /// <summary>Where Forward writes them, of the output's sizes; null for nowhere.</summary>
    FineMask? NonZeros { get; set; }
}
