namespace SparseKernels.Scheduling.Choice;

/// <summary>What is known of a candidate for one call.</summary>
/// <param name="Predicted">Seconds by the cost model alone; infinite if the candidate can't serve.</param>
/// <param name="Correction">What calls so far took over their predictions; 1 before any.</param>
/// <param name="Tries">Times seen that are still worth something, up to <see cref="ChoiceRule.EnoughTries"/>.</param>
/// <param name="Age">Calls of the pass since the last that ran it; all of them before any.</param>
/// <param name="Caution">How much faster than others it has to be.</param>
internal readonly record struct Estimate(double Predicted, double Correction, int Tries, long Age = 0, double Caution = 1)
{
    /// <summary>Seconds expected, on the safe side.</summary>
    public double Expected => Predicted * Correction * Caution;

    /// <summary>Seconds that it may take if its prediction is too high.</summary>
    public double Hoped => Predicted * Correction * ChoiceRule.Doubt;
}
