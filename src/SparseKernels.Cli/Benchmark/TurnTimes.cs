namespace SparseKernels.Cli.Benchmark;

/// <summary>What <see cref="TurnTimer"/> measured.</summary>
/// <param name="First">Median seconds of a call of the first action.</param>
/// <param name="Second">The same of the second.</param>
/// <param name="Ratio">Median of the rounds' own quotients, the first's time over the second's.</param>
/// <param name="Rounds">Rounds measured.</param>
internal readonly record struct TurnTimes(double First, double Second, double Ratio, int Rounds);
