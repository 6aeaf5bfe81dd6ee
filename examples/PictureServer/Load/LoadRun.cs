using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace PictureServer.Load;

/// <summary>Clients that each send the same picture again as soon as they have an answer.</summary>
/// <param name="Picture">The file's bytes.</param>
/// <param name="Clients">How many send at once.</param>
/// <param name="Time">How long, after a warm-up of five seconds.</param>
internal sealed record LoadRun(byte[] Picture, int Clients, TimeSpan Time)
{
    private const string Memory = "dotnet_process_memory_working_set_bytes ";

    /// <summary>Sends and measures.</summary>
    public async Task<LoadResult> MeasureAsync(string name, Uri url)
    {
        using var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(1) };
        await SendAsync(http, TimeSpan.FromSeconds(5));
        var before = await MemoryAsync(http);
        var start = Stopwatch.GetTimestamp();
        var (times, failed) = await SendAsync(http, Time);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        times.Sort();
        return new LoadResult(name, times.Count / seconds, At(times, 0.5), At(times, 0.99), failed, before, await MemoryAsync(http));
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)(share * (sorted.Count - 1))];

    private static async Task<double> MemoryAsync(HttpClient http)
    {
        var metrics = await http.GetStringAsync("/metrics");
        var line = metrics.Split('\n').First(line => line.StartsWith(Memory, StringComparison.Ordinal));
        return double.Parse(line[Memory.Length..], CultureInfo.InvariantCulture) / (1 << 20);
    }

    private async Task<(List<double> Milliseconds, int Failed)> SendAsync(HttpClient http, TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => ClientAsync(http, end))));
        return ([.. clients.SelectMany(client => client.Milliseconds)], clients.Sum(client => client.Failed));
    }

    private async Task<(List<double> Milliseconds, int Failed)> ClientAsync(HttpClient http, long end)
    {
        var (times, failed) = (new List<double>(), 0);
        while (Stopwatch.GetTimestamp() < end)
        {
            using var body = new ByteArrayContent(Picture);
            body.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            var start = Stopwatch.GetTimestamp();
            using var response = await http.PostAsync("/classify", body);
            _ = await response.Content.ReadAsByteArrayAsync();
            if (response.IsSuccessStatusCode) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            else failed++;
        }

        return (times, failed);
    }
}

/// <summary>One measurement; a row of the table.</summary>
internal sealed record LoadResult(string Name, double PerSecond, double Median, double Late, int Failed, double MemoryBefore, double MemoryAfter)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"| {Name} | {PerSecond:F1} | {Median:F1} | {Late:F1} | {Failed} | {MemoryBefore:F0} | {MemoryAfter:F0} |");
}
