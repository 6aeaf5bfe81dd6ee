using SparseKernels.Bench.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Scheduling;

/// <summary>
/// The random zeros that a scheduler is tried on: of one operand from none to nearly all, of two and three at once, in runs, and of masks.
/// </summary>
internal static class SyntheticCases
{
    /// <summary>The default coarse group: 16 channels of a filter row.</summary>
    private static readonly WeightGroup s_group = new(BlockedTensor.Block, WholeFilter: false);

    private static readonly OperandZeros[][] s_forward =
    [
        [], [X(30)], [X(50)], [X(70)], [X(90)], [W(80)], [W(95)], [X(50), W(80)], [X(70), W(95)], [X(90), W(80)],
        [Runs(X(50))], [Runs(W(50))], [Runs(X(50)), W(80)], [X(50), Runs(W(50))], [Y(50)], [Y(50), X(50)],
    ];

    private static readonly OperandZeros[][] s_backwardData =
    [
        [], [Y(30)], [Y(50)], [Y(70)], [Y(90)], [W(80)], [W(95)], [Y(50), W(80)], [Y(70), W(95)],
        [Runs(Y(50))], [Runs(W(50))], [Y(50), Runs(W(50))], [X(50)], [X(70)], [X(90)], [X(70), Y(50)], [X(50), W(80)], [X(70), W(95), Y(50)],
    ];

    private static readonly OperandZeros[][] s_backwardWeights =
    [
        [], [X(30)], [X(50)], [X(70)], [X(90)], [Y(50)], [Y(70)], [Y(90)], [X(50), Y(50)], [X(70), Y(70)],
        [Runs(X(50))], [Runs(Y(50))], [W(80)], [W(95)], [W(80), X(50)], [W(95), X(70)], [W(95), X(50), Y(50)],
    ];

    /// <summary>The zeros to try on a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="choice">Part of a pattern's name (several apart by commas), or null for all.</param>
    public static IReadOnlyList<OperandZeros[]> Of(ConvolutionPass pass, string? choice)
    {
        var all = pass switch
        {
            ConvolutionPass.Forward => s_forward,
            ConvolutionPass.BackwardData => s_backwardData,
            _ => s_backwardWeights,
        };
        var parts = choice?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts is null
            ? all
            : [.. all.Where(zeros => parts.Any(part => NameOf(pass, zeros).Contains(part, StringComparison.OrdinalIgnoreCase)))];
    }

    /// <summary>As <c>x50%+w80%</c>.</summary>
    public static string NameOf(ConvolutionPass pass, OperandZeros[] zeros) =>
        zeros.Length == 0 ? "no zeros" : string.Join('+', zeros.Select(one => one.NameIn(pass)));

    /// <summary>Draws the zeros for a layer, the same each time.</summary>
    /// <param name="shape">The layer, with its batch.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="zeros">Shares of zeros.</param>
    public static ScheduleCase Draw(ConvolutionShape shape, ConvolutionPass pass, OperandZeros[] zeros)
    {
        // The lanes of groups of weights run along the channels that this operand lacks.
        var read = pass == ConvolutionPass.BackwardData ? Operand.Output : Operand.Input;
        var patterns = OperandPatterns.Full;
        foreach (var one in zeros)
        {
            var drawer = new RandomPatterns(
                shape, new SparseCell(pass, one.Operand == Operand.Weight ? new(read, Operand.Weight) : new(Operand.Weight, one.Operand)),
                s_group);
            var random = new Random(1 + (int)one.Operand);
            var density = 1 - (one.Percent / 100.0);
            patterns = patterns.With(
                one.Operand, one.InRuns ? drawer.DrawCoarse(one.Operand, density, random) : drawer.DrawFine(one.Operand, density, random));
        }

        return new ScheduleCase(pass, NameOf(pass, zeros), patterns, FromLayers: false);
    }

    private static OperandZeros X(int percent) => new(Operand.Input, percent);

    private static OperandZeros W(int percent) => new(Operand.Weight, percent);

    private static OperandZeros Y(int percent) => new(Operand.Output, percent);

    private static OperandZeros Runs(OperandZeros zeros) => zeros with { InRuns = true };
}
