namespace SparseKernels.Passes.Lists;

/// <summary>What a work item sums of <see cref="WantedWeights"/>; each range ends before its last.</summary>
/// <param name="Group">The group.</param>
/// <param name="FirstBlock">Its first block of x's channels.</param>
/// <param name="LastBlock">One past its last; those that there are not have no weights.</param>
/// <param name="FirstOut">Its first output channel in the group.</param>
/// <param name="LastOut">One past its last.</param>
/// <param name="Split">Its share of the batch.</param>
internal readonly record struct WantedShare(int Group, int FirstBlock, int LastBlock, int FirstOut, int LastOut, int Split);
