using SparseKernels.Bench.Measuring;

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

    /// <summary>Every combination.</summary>
    public static IReadOnlyList<SparseCase> Combine(IEnumerable<SparseCell> cells, IReadOnlyList<double> fine, IReadOnlyList<double> coarse) =>
        [.. cells.SelectMany(cell => fine.SelectMany(f => coarse.Select(c => new SparseCase(cell, f, c))))];

    /// <summary>The cases of these passes and, where any are named, these pairs.</summary>
    public static IReadOnlyList<SparseCase> Keep(IReadOnlyList<SparseCase> cases, IReadOnlyList<ConvolutionPass> passes, IReadOnlyList<OperandPair>? pairs) =>
        [.. cases.Where(one => passes.Contains(one.Cell.Pass) && (pairs is null || pairs.Contains(one.Cell.Pair)))];

    /// <summary>A case, and the two in which one operand has its zeros and the other none.</summary>
    public static SparseCase[] WithEachAlone(SparseCase both) => [both, both with { CoarseDensity = 1 }, both with { FineDensity = 1 }];
}
