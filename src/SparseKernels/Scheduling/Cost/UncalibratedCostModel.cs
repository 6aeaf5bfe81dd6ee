namespace SparseKernels.Scheduling.Cost;

/// <summary>Predicts by the work left alone, for kernels that keep up a fixed rate and skip at no cost but a share of the dense time.</summary>
internal sealed class UncalibratedCostModel : ICostModel
{
    private const double MultiplyAddsPerSecond = 40e9;

    /// <summary>Share of the dense time that a sparse pass takes when nothing is left to multiply.</summary>
    private const double Overhead = 0.15;

    /// <summary>How much longer a multiply-add that a list led to takes than a dense one.</summary>
    private const double ListFactor = 1.2;

    public double Seconds(Candidate candidate, in PassWork work)
    {
        var dense = work.Shape.MultiplyAdds / MultiplyAddsPerSecond / work.Threads;
        return candidate.Pair is { } pair ? dense * (Overhead + ListFactor * work.Of(pair.Fine).Fine * work.Of(pair.Coarse).Coarse) : dense;
    }
}
