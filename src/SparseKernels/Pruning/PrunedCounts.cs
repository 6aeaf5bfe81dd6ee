namespace SparseKernels.Pruning;

/// <summary>What pruning by magnitude made zero: groups, and single weights outside them.</summary>
internal struct PrunedCounts
{
    public int Runs;
    public int Weights;

    public void Add(PrunedCounts other)
    {
        Runs += other.Runs;
        Weights += other.Weights;
    }
}
