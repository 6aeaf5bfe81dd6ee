using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace PictureServer.Metrics;

/// <summary>One instrument's measurements with one set of labels: their sum, the last one, or a histogram.</summary>
internal sealed class Series(Instrument instrument)
{
    /// <summary>Upper ends of the histogram's buckets, in seconds.</summary>
    private static readonly double[] s_ends = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    private readonly long[] _buckets = new long[s_ends.Length + 1];
    private readonly Lock _lock = new();
    private readonly string _type = TypeOf(instrument);
    private readonly bool _observed = instrument.IsObservable;
    private double _value;

    /// <summary>What Prometheus calls an instrument's kind.</summary>
    public static string TypeOf(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
            : "gauge";
    }

    public void Add(double value)
    {
        lock (_lock)
        {
            // What is observed is said whole each time, and a gauge's value replaces the one before; of up-down counters changes are told.
            _value = _observed || instrument is Gauge<double> or Gauge<long> or Gauge<int> ? value : _value + value;
            if (_type != "histogram") return;
            var bucket = Array.FindIndex(s_ends, end => value <= end);
            _buckets[bucket < 0 ? s_ends.Length : bucket]++;
        }
    }

    public void Write(StringBuilder text, string name, string labels)
    {
        lock (_lock)
        {
            if (_type != "histogram")
            {
                Line(text, name, labels, _value);
                return;
            }

            var below = 0L;
            for (var i = 0; i < _buckets.Length; i++)
            {
                below += _buckets[i];
                var end = i < s_ends.Length ? s_ends[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                Line(text, name + "_bucket", labels.Length == 0 ? $"le=\"{end}\"" : $"{labels},le=\"{end}\"", below);
            }

            Line(text, name + "_sum", labels, _value);
            Line(text, name + "_count", labels, below);
        }
    }

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
}
