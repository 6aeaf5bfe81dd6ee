namespace SparseKernels.Training.Checkpoints;

/// <summary>A tensor that has other sizes in a file than in a network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Expected">The network's sizes.</param>
/// <param name="Found">The file's sizes.</param>
public sealed record MisshapenTensor(string Name, IReadOnlyList<int> Expected, IReadOnlyList<int> Found)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Found)}] for [{string.Join(", ", Expected)}]";
}
