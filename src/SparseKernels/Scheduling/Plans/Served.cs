namespace SparseKernels.Scheduling.Plans;

/// <summary>What serves a pair of operands for a shape: a pass that skips their zeros, or the reason why the dense one runs.</summary>
/// <param name="pass">The pass; null where there is none.</param>
/// <param name="whyDense">The reason; null where there is a pass.</param>
internal class Served<TPass>(TPass? pass, string? whyDense) : IDisposable
    where TPass : class, IDisposable
{
    public TPass? Pass { get; } = pass;

    public string? WhyDense { get; } = whyDense;

    public virtual void Dispose() => Pass?.Dispose();
}
