namespace SparseKernels.Pruning;

/// <summary>What a pruning step makes zero in one layer: what lies strictly under a threshold. NaN never does.</summary>
/// <param name="Fine">A single weight goes where |w| is less; 0 prunes none.</param>
/// <param name="Coarse">
/// A group goes where its root mean square <c>√(Σw² / number of its weights)</c>, pruned ones counted as zeros, is less; 0 prunes none. A
/// mean, so that groups of any size compare.
/// </param>
public readonly record struct LayerThresholds(float Fine, float Coarse)
{
    internal void Check(string name)
    {
        Check(Fine, nameof(Fine), name);
        Check(Coarse, nameof(Coarse), name);
    }

    private static void Check(float threshold, string which, string name)
    {
        if (!(threshold >= 0 && float.IsFinite(threshold)))
            throw new ArgumentOutOfRangeException(name, $"{which} must be finite and 0 or more, got {threshold}.");
    }
}
