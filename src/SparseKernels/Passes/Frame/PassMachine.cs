using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Frame;

/// <summary>What a pass runs on.</summary>
/// <param name="InstructionSet">The kernels' instruction set.</param>
/// <param name="Topology">The threads.</param>
internal sealed record PassMachine(InstructionSetKind InstructionSet, ComputeTopology Topology);
