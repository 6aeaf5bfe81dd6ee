using SparseKernels.Isa;

namespace SparseKernels.Sparsity;

/// <summary>
/// The density of weights by their pattern, exact. Runs are as in <see cref="CoarseGroup.Default"/>, over a pass's output channels, whatever
/// the pattern's own groups are.
/// </summary>
internal static class PatternDensity
{
    private const int Block = LaneBlock.Size;

    /// <summary>The density as a pass sees it.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="forward">Whether the pass's output channels are K, not C.</param>
    public static OperandDensity Of(WeightPattern pattern, bool forward)
    {
        var shape = pattern.Shape;
        var rs = shape.R * shape.S;
        var (outputs, inputs, outStep, inStep) = forward
            ? (shape.GroupK, shape.GroupC, shape.GroupC * rs, rs)
            : (shape.GroupC, shape.GroupK, rs, shape.GroupC * rs);
        var (runs, alive) = (0L, 0L);
        for (var group = 0; group < shape.Groups; group++)
        {
            for (var first = 0; first < outputs; first += Block)
            {
                var lanes = Math.Min(Block, outputs - first);
                for (var c = 0; c < inputs; c++)
                {
                    var from = (group * outputs * inputs * rs) + (first * outStep) + (c * inStep);
                    for (var r = 0; r < shape.R; r++, from += shape.S, runs++)
                    {
                        if (HasLive(pattern, from, lanes, outStep)) alive++;
                    }
                }
            }
        }

        return new((double)pattern.Count / shape.WeightLength, (double)alive / runs);
    }

    private static bool HasLive(WeightPattern pattern, int from, int lanes, int step)
    {
        for (var lane = 0; lane < lanes; lane++, from += step)
        {
            if (pattern.NextLive(from, from + pattern.Shape.S) < from + pattern.Shape.S) return true;
        }

        return false;
    }
}
