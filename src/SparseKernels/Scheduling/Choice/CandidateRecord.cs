namespace SparseKernels.Scheduling.Choice;

/// <summary>What a scheduler remembers of a candidate.</summary>
internal struct CandidateRecord
{
    /// <summary>Why no kernel serves it; null if one does or nobody asked yet.</summary>
    public string? WhyNot;

    /// <summary>Times over predictions.</summary>
    public SeenTimes Seen;

    /// <summary>What the last choice knew.</summary>
    public Estimate Estimate;

    /// <summary>Whether its scratch memory and code are there.</summary>
    public bool IsWarm;

    /// <summary>The number of its last call that was seen, of all that the pass saw.</summary>
    public long LastCall;

    public long Calls;

    public double Seconds;

    /// <summary>Seconds that the dense kernels were expected to take more than it did.</summary>
    public double SavedSeconds;

    public double LastSeconds;
}
