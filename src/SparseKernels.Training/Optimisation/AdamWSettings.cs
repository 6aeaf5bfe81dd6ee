namespace SparseKernels.Training.Optimisation;

/// <summary>The numbers of <see cref="AdamW"/>; by default those of PyTorch.</summary>
/// <param name="Beta1">What is kept of the first moment in a step; 0 to 1, 1 excluded.</param>
/// <param name="Beta2">What is kept of the second moment in a step; 0 to 1, 1 excluded.</param>
/// <param name="Epsilon">What is added to the root of the second moment; finite, over 0.</param>
/// <param name="WeightDecay">The share of w, times the rate, that is taken away in a step; finite, 0 or more.</param>
/// <param name="AmsGrad">Whether the largest second moment so far counts (Reddi et al. 2018).</param>
public sealed record AdamWSettings(
    float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f, float WeightDecay = 1e-2f, bool AmsGrad = false)
{
    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal void Check()
    {
        CheckBeta(Beta1, nameof(Beta1));
        CheckBeta(Beta2, nameof(Beta2));
        if (!(Epsilon > 0 && float.IsFinite(Epsilon)))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), $"Epsilon must be finite and over 0, got {Epsilon}.");
        if (!(WeightDecay >= 0 && float.IsFinite(WeightDecay)))
            throw new ArgumentOutOfRangeException(nameof(WeightDecay), $"WeightDecay must be finite and 0 or more, got {WeightDecay}.");
    }

    private static void CheckBeta(float beta, string argument)
    {
        if (!(beta >= 0 && beta < 1)) throw new ArgumentOutOfRangeException(argument, $"{argument} must be 0 or more and under 1, got {beta}.");
    }
}
