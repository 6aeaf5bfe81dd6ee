using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Cost;

/// <summary>
/// Keeps the terms of every shape that was asked for, as long as the shape lives. Safe to use from several threads at once.
/// </summary>
/// <param name="isa">The kernels' instruction set.</param>
internal sealed class TermsOfShapes(InstructionSetKind isa)
{
    /// <summary>By shape, as the same object: plans keep theirs.</summary>
    private readonly ConditionalWeakTable<ConvolutionShape, CandidateTerms> _terms = [];

    /// <summary>What a candidate's time is made of. Nothing is allocated but at a shape's first call.</summary>
    public RowTerms Of(Candidate candidate, in PassWork work)
    {
        if (!_terms.TryGetValue(work.Shape, out var found) || found.Threads != work.Threads)
        {
            found = new CandidateTerms(work.Shape, isa, work.Threads);
            _terms.AddOrUpdate(work.Shape, found);
        }

        return found.Of(candidate);
    }
}
