namespace SparseKernels.Cli.Benchmark;

/// <summary>The times of one form of a network with one number of images.</summary>
/// <param name="Form">What it is: the model as it is, or with weights zero.</param>
/// <param name="Zeros">The weights' share that is zero, 0 to 1.</param>
/// <param name="Batch">Images of a call.</param>
/// <param name="MillisecondsPerImage">Median time of a call over its images.</param>
/// <param name="ImagesPerSecond">The same the other way round.</param>
/// <param name="SpeedUp">How many times as fast as the first form, the median over the rounds; null for that itself.</param>
/// <param name="Layout">How the predictor's tensors lie.</param>
/// <param name="LargestDifference">Of logits, from those of dense kernels with the same weights; null where the kernels are dense.</param>
/// <param name="LogitsRange">Greatest less least of the logits; null likewise.</param>
/// <param name="Rounds">Rounds measured.</param>
internal sealed record BenchmarkRow(
    string Form, double Zeros, int Batch, double MillisecondsPerImage, double ImagesPerSecond, double? SpeedUp, string Layout, double? LargestDifference,
    double? LogitsRange, int Rounds);
