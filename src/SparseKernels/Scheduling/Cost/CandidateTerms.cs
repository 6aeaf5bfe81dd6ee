using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Cost;

/// <summary>The terms of every candidate for one shape and number of threads, made when first asked for.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="isa">The kernels' instruction set.</param>
/// <param name="threads">Threads that share a call.</param>
internal sealed class CandidateTerms(ConvolutionShape shape, InstructionSetKind isa, int threads)
{
    /// <summary>Pairs by fine and coarse operand, those of an operand with itself unused, and behind them dense.</summary>
    private const int Operands = 3, Dense = Operands * Operands;

    private const int Passes = 3, Layouts = 3;

    private readonly RowTerms?[] _terms = new RowTerms?[Layouts * Passes * (Dense + 1)];

    private BlockedLayout[]? _layoutsOfPlanar;

    public int Threads { get; } = threads;

    /// <summary>The layouts in which each pass runs on planar tensors.</summary>
    private BlockedLayout[] LayoutsOfPlanar => _layoutsOfPlanar ??= Array.ConvertAll(
        Enum.GetValues<ConvolutionPass>(), pass => PassCatalogue.LayoutOfRun(pass, shape, BlockedLayout.Planar));

    /// <summary>The terms of what runs for a candidate: dense kernels, where no others serve the shape.</summary>
    public RowTerms Of(Candidate candidate)
    {
        if (candidate.Layout == BlockedLayout.Planar) candidate = candidate with { Layout = LayoutsOfPlanar[(int)candidate.Pass] };
        var pair = candidate.Pair is { } p ? (int)p.Fine * Operands + (int)p.Coarse : Dense;

        var row = (int)candidate.Layout * Passes + (int)candidate.Pass;

        // Two threads may both make it: they make the same.
        return _terms[row * (Dense + 1) + pair] ??= candidate.Pass == ConvolutionPass.BackwardWeights ? MakeGradient(candidate) : MakeTap(candidate);
    }

    private RowTerms MakeTap(Candidate candidate)
    {
        var (pass, layout) = (candidate.Pass, candidate.Layout);
        var geometry = TapGeometry.Of(pass, shape, layout);
        if (candidate.Pair is { } pair && PassCatalogue.Find(geometry, pair, layout, isa, Threads).Way is { } sparse)
            return new(PassCatalogue.RowOf(pass, sparse), sparse.Terms(geometry, geometry.AsSeen(pair.Coarse), isa, Threads));
        var dense = PassCatalogue.DenseOf(geometry, layout);
        return new(PassCatalogue.RowOf(pass, dense), PassCatalogue.DenseTerms(geometry, layout, isa, Threads));
    }

    private RowTerms MakeGradient(Candidate candidate)
    {
        if (candidate.Pair is { } pair && PassCatalogue.Find(shape, pair, candidate.Layout).Way is { } sparse)
            return new(PassCatalogue.RowOf(ConvolutionPass.BackwardWeights, sparse), sparse.Terms(shape, pair, isa, Threads));
        var dense = PassCatalogue.DenseOf(shape, candidate.Layout);
        return new(PassCatalogue.RowOf(ConvolutionPass.BackwardWeights, dense), PassCatalogue.DenseTerms(shape, candidate.Layout, isa, Threads));
    }
}
