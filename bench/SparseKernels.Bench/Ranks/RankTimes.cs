using System.Globalization;

namespace SparseKernels.Bench.Ranks;

/// <summary>What ranks on one machine measured, on one line from the first to who started them.</summary>
/// <param name="Beside">Seconds of a training step without exchange, while the others take theirs.</param>
/// <param name="Step">Seconds of a training step with its exchange, nothing hidden.</param>
/// <param name="Latency">Seconds of a message between ranks, by sums of a few values.</param>
/// <param name="GigabitsPerSecond">What a rank sends while all do, by sums of many values: packed, added up and brought back.</param>
internal readonly record struct RankTimes(double Beside, double Step, double Latency, double GigabitsPerSecond)
{
    private const string Mark = "rank-times";

    /// <summary>The link between them.</summary>
    public RankLink Link => new(GigabitsPerSecond, Latency);

    /// <summary>Latency and bandwidth from the times of two sums, as <see cref="RankStep.Ring"/> has them.</summary>
    /// <param name="beside">Seconds of a training step without exchange.</param>
    /// <param name="step">Seconds of a training step.</param>
    /// <param name="ranks">Ranks.</param>
    /// <param name="few">Bytes and seconds of a sum of few values.</param>
    /// <param name="many">The same of many.</param>
    public static RankTimes Of(double beside, double step, int ranks, (long Bytes, double Seconds) few, (long Bytes, double Seconds) many)
    {
        var messages = 2.0 * (ranks - 1);
        var byteSeconds = Math.Max(0, many.Seconds - few.Seconds) * ranks / (messages * (many.Bytes - few.Bytes));
        var latency = Math.Max(0, (few.Seconds / messages) - (few.Bytes * byteSeconds / ranks));
        return new(beside, step, latency, 8e-9 / byteSeconds);
    }

    /// <summary>The line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mark} {Beside:R} {Step:R} {Latency:R} {GigabitsPerSecond:R}");

    /// <summary>Finds the line in what ranks wrote.</summary>
    /// <exception cref="InvalidDataException">It isn't there: the message has the last of what is.</exception>
    public static RankTimes Find(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.FirstOrDefault(line => line.Contains(Mark, StringComparison.Ordinal)) is not { } found)
            throw new InvalidDataException($"the ranks measured nothing; the last that they wrote: {(lines.Length == 0 ? "nothing" : lines[^1])}");

        // A launcher's terminal puts its own characters before the first line.
        double[] numbers = [.. found[found.IndexOf(Mark, StringComparison.Ordinal)..].Split(' ')[1..].Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
}
