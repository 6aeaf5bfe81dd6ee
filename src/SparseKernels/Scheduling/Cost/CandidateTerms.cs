namespace SparseKernels.Scheduling.Cost;

/// <summary>The terms of every candidate for one shape and number of threads, made when first asked for.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="isa">The kernels' instruction set.</param>
/// <param name="threads">Threads that share a call.</param>
internal sealed class CandidateTerms(ConvolutionShape shape, InstructionSetKind isa, int threads)
{
    /// <summary>Pairs by fine and coarse operand, those of an operand with itself unused, and behind them dense.</summary>
    private const int Operands = 3, Dense = Operands * Operands;

    private readonly CostTerms?[] _terms = new CostTerms?[3 * (Dense + 1)];

    public int Threads { get; } = threads;

    /// <summary>The terms of what runs for a candidate: dense kernels, where no others serve the shape.</summary>
    public CostTerms Of(Candidate candidate)
    {
        var pair = candidate.Pair is { } p ? (int)p.Fine * Operands + (int)p.Coarse : Dense;

        // Two threads may both make it: they make the same.
        return _terms[(int)candidate.Pass * (Dense + 1) + pair] ??= Make(candidate);
    }

    private CostTerms Make(Candidate candidate)
    {
        if (candidate.Pass == ConvolutionPass.BackwardWeights) return MakeWeightGradient(candidate.Pair);
        var geometry = candidate.Pass == ConvolutionPass.Forward ? TapGeometry.Forward(shape) : TapGeometry.BackwardData(shape);
        return (candidate.Pair is { } pair ? Sparse(geometry, pair) : null) ??
            (BatchTapPass.Suits(geometry) ? new BatchTapTerms(geometry, isa, Threads) : new TapTerms(geometry, isa, Threads));
    }

    private CostTerms? Sparse(TapGeometry geometry, OperandPair pair)
    {
        if (geometry.IsLaneWise) return null;
        var coarse = SparsePasses.AsSeen(pair.Coarse, geometry.IsForward);
        return SparsePasses.AsSeen(pair.Fine, geometry.IsForward) switch
        {
            PassOperand.Weights => new SparseWeightTerms(geometry, coarse, isa, Threads),
            PassOperand.Data => SparseDataPass.WhyDense(geometry) is null ? new SparseDataTerms(geometry, coarse, isa, Threads) : null,
            _ => MaskedResultPass.WhyDense(geometry) is null ? new MaskedResultTerms(geometry, Threads) : null,
        };
    }

    private CostTerms MakeWeightGradient(OperandPair? candidate)
    {
        var geometry = TapGeometry.Forward(shape);
        if (shape.IsDepthwise) return new DepthwiseWeightGradientTerms(geometry, Threads);
        if (candidate is { Fine: Operand.Weight } wanted) return new MaskedWeightGradientTerms(geometry, wanted.Coarse, Threads);
        return candidate is { } pair && SparseWeightGradientPass.WhyDense(shape, pair) is null
            ? new SparseWeightGradientTerms(shape, pair, isa, Threads)
            : new WeightGradientTerms(geometry, isa, Threads);
    }
}
