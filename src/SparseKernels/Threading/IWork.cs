namespace SparseKernels.Threading;

/// <summary>Work that falls into numbered items, each done once, in any order, by any worker.</summary>
internal interface IWork
{
    /// <summary>Does one item.</summary>
    /// <param name="item">0 to items − 1.</param>
    /// <param name="worker">Who does it, 0 to threads − 1: the index of its scratch memory.</param>
    void Do(int item, int worker);
}
