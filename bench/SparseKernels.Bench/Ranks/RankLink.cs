namespace SparseKernels.Bench.Ranks;

/// <summary>A network between machines.</summary>
/// <param name="GigabitsPerSecond">What a machine sends, and receives at the same time.</param>
/// <param name="Latency">Seconds until the first byte of a message arrives.</param>
internal readonly record struct RankLink(double GigabitsPerSecond, double Latency)
{
    /// <summary>Bytes a second.</summary>
    public double BytesPerSecond => GigabitsPerSecond * 1e9 / 8;
}
