namespace SparseKernels.Training.Layers.Pooling;

/// <summary>The pixels along one direction that one mean is over.</summary>
/// <param name="First">The first.</param>
/// <param name="End">Behind the last.</param>
/// <param name="Count">What the sum over them is divided by, together with the other direction's: padding may count.</param>
internal readonly record struct MeanRange(int First, int End, int Count);
