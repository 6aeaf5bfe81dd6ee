using System.Globalization;
using SparseKernels.Training;

namespace SparseKernels.Cli.Reports;

/// <summary>What an epoch's convolutions skipped, as text.</summary>
internal static class SkippedText
{
    private static readonly (ConvolutionPass Pass, string Name)[] s_passes =
        [(ConvolutionPass.Forward, "forward"), (ConvolutionPass.BackwardData, "bwd data"), (ConvolutionPass.BackwardWeights, "bwd weights")];

    /// <summary>For people: the share of each pair in the calls of each pass, and the time saved; null if nothing was skipped.</summary>
    public static string? Line(EpochReport epoch)
    {
        if (epoch.Skipped.All(total => total.Pair is null)) return null;
        var passes = s_passes.Select(pass => $"{pass.Name} {Shares(epoch, pass.Pass)}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"              skips  {string.Join("  ", passes)}  saved {epoch.Saved.TotalSeconds:F1} s over dense, tensors {LayoutText.NameOf(epoch.Layout)}");
    }

    /// <summary>For <c>--csv</c>: the calls of each pair in a pass, as <c>input-weight:12|dense:3</c>.</summary>
    public static string Field(EpochReport epoch, ConvolutionPass pass) =>
        string.Join('|', Of(epoch, pass).Select(total => string.Create(CultureInfo.InvariantCulture, $"{total.Name}:{total.Calls}")));

    private static string Shares(EpochReport epoch, ConvolutionPass pass)
    {
        var all = (double)Of(epoch, pass).Sum(total => total.Calls);
        return string.Join(
            ", ",
            Of(epoch, pass).Select(total => string.Create(CultureInfo.InvariantCulture, $"{total.Name} {100 * total.Calls / all:F0} %")));
    }

    private static IEnumerable<SkippedOperands> Of(EpochReport epoch, ConvolutionPass pass) =>
        epoch.Skipped.Where(total => total.Pass == pass);
}
