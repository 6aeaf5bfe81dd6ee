namespace SparseKernels.Scheduling.Choice;

/// <summary>What is known of a candidate for one call.</summary>
/// <param name="Predicted">Seconds by the cost model alone; infinite if the candidate can't serve.</param>
/// <param name="Correction">What calls so far took over their predictions; 1 before any.</param>
/// <param name="Tries">Times seen that are still worth something, up to <see cref="ChoiceRule.EnoughTries"/>.</param>
internal readonly record struct Estimate(double Predicted, double Correction, int Tries)
{
    /// <summary>Seconds expected.</summary>
    public double Expected => Predicted * Correction;
}
