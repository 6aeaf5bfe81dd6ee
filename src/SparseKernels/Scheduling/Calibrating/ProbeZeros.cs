namespace SparseKernels.Scheduling.Calibrating;

/// <summary>How many zeros a probe's operands have; they fall at random.</summary>
/// <param name="Data">Share of non-zeros of x and dy in live channels.</param>
/// <param name="Channels">Share of their channels that are live.</param>
/// <param name="Weights">Share of non-zero weights in live groups.</param>
/// <param name="Groups">Share of groups of weights (16 output channels, an input channel, a filter row) that are live.</param>
/// <param name="Mask">Share of wanted elements in the live rows of a mask.</param>
/// <param name="Rows">Share of a mask's rows of pixels of 16 channels that are live.</param>
internal sealed record ProbeZeros(double Data, double Channels, double Weights, double Groups, double Mask, double Rows)
{
    /// <summary>Few, many, and most with whole runs among them.</summary>
    public static IReadOnlyList<ProbeZeros> All { get; } =
    [
        new(0.3, 1, 0.12, 1, 0.3, 1),
        new(0.6, 1, 0.5, 1, 0.6, 1),
        new(0.15, 0.7, 0.3, 0.25, 0.25, 0.4),
    ];
}
