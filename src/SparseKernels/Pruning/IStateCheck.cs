namespace SparseKernels.Pruning;

/// <summary>A strategy that can tell, before a state is set, that it is none of its own.</summary>
internal interface IStateCheck
{
    /// <summary>Checks a state.</summary>
    /// <param name="state">The state of a unit with this strategy.</param>
    /// <exception cref="ArgumentException">
    /// A number is missing, impossible or unknown, or layers or copy don't go with the numbers.
    /// </exception>
    void Check(PruningState state);
}
