using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Bench.Commands;

/// <summary>What the user asked of a comparison.</summary>
/// <param name="Threads">Threads of each side.</param>
/// <param name="Batch">Images.</param>
/// <param name="Isa">Our instruction set.</param>
/// <param name="Json">The file for the rows, or null.</param>
/// <param name="Budget">About how long to measure a row.</param>
internal sealed record RunSettings(int Threads, int Batch, InstructionSetKind Isa, string? Json, TimeSpan Budget)
{
    /// <summary>The same as a plan takes it.</summary>
    public ConvolutionOptions Convolution =>
        new() { InstructionSet = Isa, Topology = ComputeTopology.FromThreads(Threads), Schedule = KernelSchedule.Dense };
}
