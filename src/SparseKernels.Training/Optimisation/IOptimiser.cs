using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>Updates parameters from their gradients, one step at a time.</summary>
public interface IOptimiser
{
    /// <summary>Called before the gradients of a step are computed.</summary>
    void Prepare()
    {
    }

    /// <summary>Updates every parameter from its gradient.</summary>
    /// <param name="rate">The learning rate; finite, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is negative or not finite.</exception>
    void Step(float rate);

    /// <summary>What the last step asked memory for; nothing is known of an optimiser of one's own.</summary>
    internal LayerTraffic StepTraffic => default;
}
