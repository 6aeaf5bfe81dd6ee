using SparseKernels.Bench.Peer;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Reporting;

/// <summary>The first two lines of a comparison: the machine, and who is compared with whom.</summary>
internal static class ComparisonHead
{
    /// <summary>Writes them.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="isa">Our instruction set.</param>
    /// <param name="obstacle">Why there is no peer; null where there is one.</param>
    /// <param name="alone">What is measured without a peer.</param>
    /// <param name="peerIs">What more to say of the peer, comma first.</param>
    public static void Write(
        TextWriter output, InstructionSetKind isa, string? obstacle, string alone = "ours against the FMA peak alone", string peerIs = "")
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine(obstacle is null ? $"ours ({InstructionSet.NameOf(isa)}) against {TorchLibrary.Describe(isa)}{peerIs}" : $"no peer: {obstacle}; {alone}");
    }
}
