namespace SparseKernels.Cli.Benchmark;

/// <summary>What <c>benchmark</c> found; what <c>--json</c> writes.</summary>
/// <param name="Model">What was measured.</param>
/// <param name="Input">The sizes of one image, <c>[C, H, W]</c>.</param>
/// <param name="Classes">Classes that the network tells apart.</param>
/// <param name="Weights">Weights of convolutions and fully connected layers.</param>
/// <param name="MultiplyAdds">Multiplications with an addition for one image, zeros counted.</param>
/// <param name="Threads">Threads of a call.</param>
/// <param name="InstructionSet">The instruction set of the kernels.</param>
/// <param name="Predictions">What the choice among kernels followed from.</param>
/// <param name="Rows">Two for each number of images.</param>
internal sealed record BenchmarkReport(
    string Model, IReadOnlyList<int> Input, int Classes, long Weights, long MultiplyAdds, int Threads, string InstructionSet, string Predictions,
    IReadOnlyList<BenchmarkRow> Rows);
