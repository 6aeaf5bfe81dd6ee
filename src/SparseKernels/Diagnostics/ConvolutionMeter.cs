using System.Diagnostics.Metrics;

namespace SparseKernels.Diagnostics;

/// <summary>
/// The instruments of meter <c>SparseKernels</c>, as <c>dotnet-counters monitor --counters SparseKernels</c> shows them. Those of
/// convolutions carry the tags
/// <c>pass</c> (<c>Forward</c>, <c>BackwardData</c>, <c>BackwardWeights</c>) and <c>skips</c> (<c>dense</c>, or a pair such as <c>input-weight</c>).
/// </summary>
internal static class ConvolutionMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "SparseKernels";

    private static readonly Meter s_meter = new(Name);

    private static readonly Counter<long> s_calls =
        s_meter.CreateCounter<long>("sparsekernels.convolution.calls", "{call}", "Passes of convolutions run.");

    private static readonly Histogram<double> s_duration =
        s_meter.CreateHistogram<double>("sparsekernels.convolution.duration", "s", "Time of a pass.");

    private static readonly UpDownCounter<double> s_saved =
        s_meter.CreateUpDownCounter<double>(
            "sparsekernels.convolution.saved", "s", "Time that the dense kernels were expected to take longer.");

    private static readonly Histogram<double> s_imbalance =
        s_meter.CreateHistogram<double>(
            "sparsekernels.workers.imbalance", "1", "Longest time of a worker thread at a job over the mean of all; without tags.");

    /// <summary>Whether anyone wants the threads' times.</summary>
    public static bool MeasuresImbalance => s_imbalance.Enabled;

    /// <summary>Takes note of how unevenly a job fell on its threads.</summary>
    public static void RecordImbalance(double imbalance) => s_imbalance.Record(imbalance);

    /// <summary>Takes note of a call.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="skips">What it skipped, as <see cref="KernelSchedule.Parse"/> reads it.</param>
    /// <param name="seconds">Its time.</param>
    /// <param name="saved">What the dense kernels were expected to take more.</param>
    public static void Record(ConvolutionPass pass, string skips, double seconds, double saved)
    {
        if (!s_calls.Enabled && !s_duration.Enabled && !s_saved.Enabled) return;
        var (one, other) = (new KeyValuePair<string, object?>("pass", NameOf(pass)), new KeyValuePair<string, object?>("skips", skips));
        s_calls.Add(1, one, other);
        s_duration.Record(seconds, one, other);
        s_saved.Add(saved, one, other);
    }

    private static string NameOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => nameof(ConvolutionPass.Forward),
        ConvolutionPass.BackwardData => nameof(ConvolutionPass.BackwardData),
        _ => nameof(ConvolutionPass.BackwardWeights),
    };
}
