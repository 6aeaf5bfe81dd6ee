namespace SparseKernels.Training.Distribution;

/// <summary>What a rank exchanged with the others.</summary>
/// <param name="Steps">Steps.</param>
/// <param name="Bytes">Bytes of gradients and of what went with them that this rank put into sums.</param>
/// <param name="Summing">Time spent in sums, waiting for slower ranks included.</param>
/// <param name="Waited">The time of it in which training could do nothing else.</param>
public readonly record struct ExchangeReport(long Steps, long Bytes, TimeSpan Summing, TimeSpan Waited)
{
    /// <summary>Bytes in a step, on average.</summary>
    public double BytesPerStep => Steps == 0 ? 0 : (double)Bytes / Steps;

    /// <summary>The share of <see cref="Summing"/> that backward passes hid, 0 to 1.</summary>
    public double Hidden => Summing > TimeSpan.Zero ? Math.Clamp(1 - (Waited / Summing), 0, 1) : 0;

    /// <summary>What came since an earlier report.</summary>
    /// <param name="earlier">The earlier one.</param>
    /// <returns>The difference.</returns>
    public ExchangeReport Since(ExchangeReport earlier) =>
        new(Steps - earlier.Steps, Bytes - earlier.Bytes, Summing - earlier.Summing, Waited - earlier.Waited);
}
