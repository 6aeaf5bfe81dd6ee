namespace SparseKernels.Bench.Ranks;

/// <summary>A training step of one rank, measured, from which that of many is predicted.</summary>
/// <param name="Model">The network.</param>
/// <param name="Zeros">The share of its weights that is zero, but for the first and last layer.</param>
/// <param name="Seconds">The time of a step of one rank alone.</param>
/// <param name="Bytes">Bytes of the gradients of surviving weights.</param>
internal sealed record RankStep(string Model, double Zeros, double Seconds, long Bytes)
{
    /// <summary>The share of a step that its backward passes take: about two of three passes.</summary>
    private const double Backward = 2.0 / 3;

    /// <summary>
    /// The time of adding up in a ring, or with each rank's part sent to it and back as the library does it: <c>2(P − 1)</c> messages of
    /// <c>B/P</c> bytes one after the other.
    /// </summary>
    public double Ring(int ranks, RankLink link) => 2.0 * (ranks - 1) * (link.Latency + (Bytes / (double)ranks / link.BytesPerSecond));

    /// <summary>The same in a binary tree, up and down: <c>2⌈log₂ P⌉</c> messages of all bytes.</summary>
    public double Tree(int ranks, RankLink link) =>
        2.0 * Math.Ceiling(Math.Log2(ranks)) * (link.Latency + (Bytes / link.BytesPerSecond));

    /// <summary>The work of all ranks over that of as many alone, where each keeps its batch: 1 if the exchange cost nothing.</summary>
    /// <param name="exchange">Its time.</param>
    /// <param name="hides">Whether it goes on behind backward passes.</param>
    public double Efficiency(double exchange, bool hides) =>
        Seconds / (Seconds + (hides ? Math.Max(0, exchange - (Backward * Seconds)) : exchange));
}
