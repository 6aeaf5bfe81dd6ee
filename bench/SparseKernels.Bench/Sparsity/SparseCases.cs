
namespace SparseKernels.Bench.Sparsity;

/// <summary>Which cases a run measures.</summary>
internal static class SparseCases
{
    /// <summary>The targets' cases of one sparse operand, and each of their cells without any zero.</summary>
    public static IReadOnlyList<SparseCase> Single(SparseTargets targets)
    {
        var alone = targets.All.Where(target => target.Case.CoarseDensity == 1).Select(target => target.Case).ToArray();
        return [.. alone.GroupBy(one => one.Cell).SelectMany(cell => cell.Prepend(new SparseCase(cell.Key, 1, 1)))];
    }

    /// <summary>The targets' cases of two sparse operands, each followed by either operand alone.</summary>
    public static IReadOnlyList<SparseCase> Pairs(SparseTargets targets) =>
    [
        .. targets.All.Where(target => target.Case.CoarseDensity < 1).SelectMany(target => WithEachAlone(target.Case)).Distinct(),
    ];

    /// <summary>
    /// The cells of captured patterns: both operands of each have one. Where a cell has the weights in it, their zeros are drawn with
    /// these densities.
    /// </summary>
    /// <param name="cells">
    /// Pairs to measure; null for those without weights, and with them for those whose fine operand was captured.
    /// </param>
    /// <param name="fine">Densities of fine weights.</param>
    /// <param name="coarse">Densities of coarse weights.</param>
    public static IReadOnlyList<SparseCase> Captured(IReadOnlyList<OperandPair>? cells, double[] fine, double[] coarse)
    {
        // Forward's output has no mask beforehand, so none was captured.
        var known = Enum.GetValues<ConvolutionPass>().SelectMany(SparseCell.Of).Where(
            cell => cell.Pass != ConvolutionPass.Forward || !cell.Pair.Contains(Operand.Output));
        var chosen = cells is null
            ? known.Where(cell => cell.Pair.Fine != Operand.Weight && (cell.Pass != ConvolutionPass.BackwardWeights || !cell.Pair.Contains(Operand.Weight)))
            : known.Where(cell => cells.Contains(cell.Pair));
        return [.. chosen.SelectMany(cell => Combine([cell], cell.Pair.Fine == Operand.Weight ? fine : [1], cell.Pair.Coarse == Operand.Weight ? coarse : [1]))];
    }

    /// <summary>Every combination.</summary>
    public static IReadOnlyList<SparseCase> Combine(IEnumerable<SparseCell> cells, IReadOnlyList<double> fine, IReadOnlyList<double> coarse) =>
        [.. cells.SelectMany(cell => fine.SelectMany(f => coarse.Select(c => new SparseCase(cell, f, c))))];

    /// <summary>The cases of these passes and, where any are named, these pairs.</summary>
    public static IReadOnlyList<SparseCase> Keep(IReadOnlyList<SparseCase> cases, IReadOnlyList<ConvolutionPass> passes, IReadOnlyList<OperandPair>? pairs) =>
        [.. cases.Where(one => passes.Contains(one.Cell.Pass) && (pairs is null || pairs.Contains(one.Cell.Pair)))];

    /// <summary>A case, and the two in which one operand has its zeros and the other none.</summary>
    public static SparseCase[] WithEachAlone(SparseCase both) => [both, both with { CoarseDensity = 1 }, both with { FineDensity = 1 }];
}
