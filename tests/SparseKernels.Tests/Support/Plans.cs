namespace SparseKernels.Tests;

/// <summary>Plans on a given instruction set and topology.</summary>
internal static class Plans
{
    public static ConvolutionPlan Make(ConvolutionShape shape, InstructionSetKind isa, ComputeTopology? topology = null) =>
        new(shape, new ConvolutionOptions { InstructionSet = isa, Topology = topology ?? ComputeTopology.Default });

    /// <summary>Does something with a plan of every instruction set that this process can run; the text says which, for messages.</summary>
    public static void OnEach(ConvolutionShape shape, Action<ConvolutionPlan, string> action)
    {
        foreach (var isa in InstructionSet.Available)
        {
            using var plan = Make(shape, isa);
            action(plan, $"{InstructionSet.NameOf(isa)}, {shape}");
        }
    }
}
