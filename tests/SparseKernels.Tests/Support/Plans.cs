using SparseKernels.Isa;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Support;

/// <summary>Plans on a given instruction set and topology.</summary>
internal static class Plans
{
    /// <summary>Products of a pass up to which the kernels of instruction sets that the processor lacks run too, in software.</summary>
    private const long EmulationBudget = 100_000;

    public static ConvolutionPlan Make(ConvolutionShape shape, InstructionSetKind isa, ComputeTopology? topology = null) =>
        new(shape, new ConvolutionOptions { InstructionSet = isa, Topology = topology ?? ComputeTopology.Default, EmulateMissingHardware = true, Schedule = KernelSchedule.Dense });

    /// <summary>Each of a test's shapes, by its index, on each instruction set of the processor.</summary>
    public static TheoryData<string, int> CasesOf(ConvolutionShape[] shapes) => new(
        from isa in InstructionSet.Available
        from shape in Enumerable.Range(0, shapes.Length)
        select (isa.ToString(), shape));

    /// <summary>The instruction sets to test a shape on: those of the processor and, for small shapes, all others in software.</summary>
    public static IEnumerable<InstructionSetKind> Kinds(ConvolutionShape shape) =>
        Enum.GetValues<InstructionSetKind>().Where(kind => InstructionSet.IsAvailable(kind) || shape.MultiplyAdds <= EmulationBudget);

    /// <summary>Does something with a plan of each of <see cref="Kinds"/>; the text says which, for messages.</summary>
    public static void OnEach(ConvolutionShape shape, Action<ConvolutionPlan, string> action)
    {
        foreach (var isa in Kinds(shape))
        {
            using var plan = Make(shape, isa);
            action(plan, $"{InstructionSet.NameOf(isa)}{(InstructionSet.IsAvailable(isa) ? "" : " in software")}, {shape}");
        }
    }
}
