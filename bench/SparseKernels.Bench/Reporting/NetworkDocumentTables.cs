namespace SparseKernels.Bench.Reporting;

/// <summary>The documents' tables of dense layers and of whole networks, all of them ratios to TorchSharp but two.</summary>
internal static class NetworkDocumentTables
{
    /// <summary>Threads of the stored files.</summary>
    private static readonly int[] s_threads = [1, 2];

    /// <summary>Files of training steps, the threads behind the name.</summary>
    private static readonly string[] s_steps = ["step", "step-scheduled", "step-masked"];

    /// <summary>Dense layers, plain tensors, three passes.</summary>
    public static string? Layers(StoredRuns runs)
    {
        var files = s_threads.Select(threads => runs.Ratios($"layers-{threads}")).ToArray();
        if (files.OfType<StoredRows<RatioRow>>().FirstOrDefault() is not { } any) return null;
        var rows = any.Rows.Where(IsPlain).ToArray();
        var passes = rows.Select(row => row.Pass).Distinct().ToArray();
        var table = new MarkdownTable(
            $"Speed-up over TorchSharp, plain tensors, N = {rows[0].Batch}, {rows[0].Isa};\n{Counts(files)}.",
            ["layer", .. passes.SelectMany(pass => s_threads.Select(threads => $"{pass}, {Threads(threads)}"))]);
        foreach (var layer in rows.Select(row => row.Layer).Distinct()) AddLayer(layer, row => row.Layer == layer);
        AddLayer("**geometric mean**", _ => true);
        return table.ToString();

        void AddLayer(string name, Func<RatioRow, bool> chosen)
        {
            var figures = passes.SelectMany(
                pass => files.Select(file => file?.Mean(row => row.Pass == pass && chosen(row), row => row.Ratio)));
            table.Add([name, .. figures.Select(MarkdownTable.Cell)]);
        }
    }

    /// <summary>Dense layers on blocked tensors: the share of the FMA peak.</summary>
    public static string? Shares(StoredRuns runs)
    {
        if (runs.Ratios("layers-1") is not { } stored) return null;
        var rows = stored.Rows.Where(row => !IsPlain(row)).ToArray();
        if (rows.Length == 0) return null;
        var passes = rows.Select(row => row.Pass).Distinct().ToArray();
        var table = new MarkdownTable(
            $"Share of the FMA peak, blocked tensors, dense, N = {rows[0].Batch}, {Threads(rows[0].Threads)}, {rows[0].Isa};\n" +
            $"{stored.Count}.",
            ["layer", .. passes.Select(pass => pass.Split(' ')[0])]);
        foreach (var layer in rows.Select(row => row.Layer).Distinct()) AddLayer(layer, row => row.Layer == layer);
        AddLayer("**geometric mean**", _ => true);
        return table.ToString();

        void AddLayer(string name, Func<RatioRow, bool> chosen)
        {
            var shares = passes.Select(pass => stored.Mean(row => row.Pass == pass && chosen(row), row => row.PeakShare));
            table.Add([name, .. shares.Select(share => share?.ToPercent() ?? MarkdownTable.Nothing)]);
        }
    }

    /// <summary>Training steps, with all weights and with most of them masked.</summary>
    public static string? Steps(StoredRuns runs)
    {
        var files = s_steps.Select(name => s_threads.Select(threads => runs.Ratios($"{name}-{threads}")).ToArray()).ToArray();
        var all = files.SelectMany(file => file).ToArray();
        if (all.OfType<StoredRows<RatioRow>>().FirstOrDefault() is not { } any) return null;
        var table = new MarkdownTable(
            $"Speed-up of a training step over TorchSharp, N = {any.Rows[0].Batch}, {any.Rows[0].Isa};\n{Counts(all)}.",
            ["model", "weights", "schedule", .. s_threads.Select(Threads)]);
        foreach (var file in files)
        {
            var rows = file.OfType<StoredRows<RatioRow>>().SelectMany(stored => stored.Rows);
            foreach (var (layer, pass) in rows.Select(row => (row.Layer, row.Pass)).Distinct())
            {
                var figures = file.Select(stored => stored?.Mean(row => row.Layer == layer && row.Pass == pass, row => row.Ratio));
                table.Add([layer, .. NameOf(pass), .. figures.Select(MarkdownTable.Cell)]);
            }
        }

        return table.ToString();
    }

    /// <summary>Inference, by the number of images.</summary>
    public static string? Predictions(StoredRuns runs)
    {
        if (runs.Ratios("predict-1") is not { } stored) return null;
        var batches = stored.Rows.Select(row => row.Batch).Distinct().ToArray();
        var table = new MarkdownTable(
            $"Speed-up of inference over TorchSharp, {Threads(stored.Rows[0].Threads)}, {stored.Rows[0].Isa};\n{stored.Count}.",
            ["model", "weights", "schedule", .. batches.Select(batch => $"{batch} image{(batch == 1 ? "" : "s")}")]);
        foreach (var like in stored.Rows.DistinctBy(row => (row.Layer, string.Join('/', NameOf(row.Pass)))))
        {
            var name = NameOf(like.Pass);
            var figures = batches.Select(batch => stored.Mean(
                row => row.Layer == like.Layer && row.Batch == batch && NameOf(row.Pass).SequenceEqual(name), row => row.Ratio));
            table.Add([like.Layer, .. name, .. figures.Select(MarkdownTable.Cell)]);
        }

        return table.ToString();
    }

    /// <summary>Our training step on two threads against one.</summary>
    public static string? Scaling(StoredRuns runs)
    {
        if (runs.Ratios("scaling") is not { } stored) return null;
        var table = new MarkdownTable(
            $"Speed-up of our training step on {Threads(stored.Rows[0].Threads)} over one, N = {stored.Rows[0].Batch}, " +
            $"{stored.Rows[0].Isa};\n{stored.Count}.",
            "model", "speed-up");
        foreach (var model in stored.Rows.Select(row => row.Layer).Distinct())
            table.Add(model, MarkdownTable.Cell(stored.Mean(row => row.Layer == model, row => row.Ratio)));
        return table.ToString();
    }

    /// <summary>Weights and schedule of a row's name: <c>step automatic, w90%</c>, or of older files <c>step</c>.</summary>
    internal static string[] NameOf(string pass)
    {
        var parts = pass.Split(", w");
        var words = parts[0].Split(' ');
        var weights = parts.Length > 1 ? $"{parts[1].TrimEnd('%')} % masked" : "unpruned";
        return [weights, words.Length > 1 ? words[1] : MarkdownTable.Nothing];
    }

    /// <summary>As captions and heads have them.</summary>
    internal static string Threads(int threads) => $"{threads} thread{(threads == 1 ? "" : "s")}";

    /// <summary>How often each of several files was measured, once if they agree.</summary>
    internal static string Counts(IEnumerable<StoredRows<RatioRow>?> files) =>
        string.Join("; ", files.OfType<StoredRows<RatioRow>>().Select(file => file.Count).Distinct());

    private static bool IsPlain(RatioRow row) => !row.Pass.EndsWith(" blocked", StringComparison.Ordinal);
}
