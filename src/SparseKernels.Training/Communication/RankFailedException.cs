namespace SparseKernels.Training.Communication;

/// <summary>A rank can't go on, or the ranks don't agree; all of them throw it together.</summary>
public sealed class RankFailedException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="rank">The rank that can't go on, or the first one that differs.</param>
    /// <param name="message">Why.</param>
    /// <param name="inner">What it threw; null on the other ranks.</param>
    public RankFailedException(int rank, string message, Exception? inner = null)
        : base(message, inner) => Rank = rank;

    /// <summary>The rank that can't go on, or the first one that differs.</summary>
    public int Rank { get; }
}
