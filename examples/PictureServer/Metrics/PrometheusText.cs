using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace PictureServer.Metrics;

/// <summary>
/// What ASP.NET, the runtime and SparseKernels measure of themselves, in Prometheus' text format: requests by route and status
/// (<c>http_server_request_duration_seconds_count</c>), their times as a histogram, requests that wait or were refused, memory.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] s_meters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.RateLimiting", "System.Runtime", "SparseKernels"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> _series = new();

    /// <summary>Listens from now on.</summary>
    /// <param name="ours">Of meters that others make too, those of this server are made by this factory.</param>
    public PrometheusText(IMeterFactory ours)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            var meter = instrument.Meter;
            if (s_meters.Contains(meter.Name) && (meter.Scope is null || meter.Scope == ours)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All series as they are now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var group in _series.GroupBy(series => series.Key.Instrument).OrderBy(group => NameOf(group.Key), StringComparer.Ordinal))
        {
            var name = NameOf(group.Key);
            if (group.Key.Description is { } help) text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help.ReplaceLineEndings(" ")}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {Series.TypeOf(group.Key)}\n");
            foreach (var (key, series) in group.OrderBy(series => series.Key.Labels, StringComparer.Ordinal)) series.Write(text, name, key.Labels);
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _series.GetOrAdd((instrument, LabelsOf(tags)), static key => new Series(key.Instrument)).Add(value);

    /// <summary>Prometheus' rules: underscores, the unit in full, <c>_total</c> behind what only grows.</summary>
    private static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var name = instrument.Name.Replace('.', '_') + unit;
        return Series.TypeOf(instrument) == "counter" ? name + "_total" : name;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            var escaped = Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\").Replace("\"", "\\\"").ReplaceLineEndings("\\n");
            text.Append(CultureInfo.InvariantCulture, $"{name.Replace('.', '_')}=\"{escaped}\"");
        }

        return text.ToString();
    }
}
