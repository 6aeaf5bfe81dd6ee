namespace SparseKernels.Bench.Reporting;

/// <summary>The few figures that README shows: passes at 90 % zeros, training steps, inference.</summary>
internal static class HeadlineTable
{
    private const double Density = 0.1;

    private static readonly (string Pass, string Cell, string Name)[] s_passes =
    [
        ("Forward", "WeightInput", "Forward, 90 % zeros in w"),
        ("BackwardData", "WeightOutput", "BackwardData, 90 % zeros in w"),
        ("BackwardWeights", "WeightInput", "BackwardWeights, 90 % of w masked"),
    ];

    private static readonly string[] s_models = ["vgg-small", "resnet20"];

    /// <summary>Makes the table: at most eight rows.</summary>
    /// <param name="runs">The machine's runs.</param>
    /// <returns>The table; null if none of its files is stored.</returns>
    public static string? Make(StoredRuns runs)
    {
        var sparse = runs.Sparse(SparseDocumentTables.Single);
        var (full, masked) = (Both(runs, "step"), Both(runs, "step-masked"));
        var predictions = runs.Ratios("predict-1");
        StoredRows<RatioRow>?[] files = [.. full, .. masked, predictions];
        var networks = files.OfType<StoredRows<RatioRow>>().ToArray();
        if (sparse is null && networks.Length == 0) return null;
        IEnumerable<string> counts = networks.Select(file => file.Count);
        if (sparse is not null) counts = counts.Prepend(sparse.Count);
        var table = new MarkdownTable(
            $"{runs.Machine}, {sparse?.Rows[0].Isa ?? networks[0].Rows[0].Isa}: how many times as fast;\n" +
            $"{string.Join("; ", counts.Distinct())}.",
            "", "our dense kernels", "TorchSharp, 1 thread", "2 threads");
        foreach (var (pass, cell, name) in s_passes)
        {
            bool IsChosen(SparseRow row) =>
                row.Pass == pass && row.Cell == cell && row is { FineDensity: Density, CoarseDensity: 1 } &&
                row.Layer.Contains(SparseDocumentTables.LargeFilter, StringComparison.Ordinal);
            Add(name, sparse?.Mean(IsChosen, SparseDocumentTables.OverDense), sparse?.Mean(IsChosen, row => row.Ratio), null);
        }

        // Training's own schedule is the reproducible one; files of before schedules have none.
        foreach (var steps in new[] { masked, full })
        {
            foreach (var model in s_models)
            {
                if (WeightsOf(steps, model) is not { } weights) continue;
                var (one, two) = (Of(steps[0], model, "reproducible"), Of(steps[1], model, "reproducible"));
                Add($"Training step of `{model}`, {weights}", null, one, two);
            }
        }

        if (WeightsOf([predictions], s_models[0]) is { } kept)
            Add($"Inference of `{s_models[0]}`, {kept}, 1 image", null, Of(predictions, s_models[0], "automatic", batch: 1), null);
        return table.ToString();

        void Add(string name, RunFigure? dense, RunFigure? peer, RunFigure? peerOnTwo)
        {
            if (dense is null && peer is null && peerOnTwo is null) return;
            table.Add(name, MarkdownTable.Cell(dense), MarkdownTable.Cell(peer), MarkdownTable.Cell(peerOnTwo));
        }
    }

    private static StoredRows<RatioRow>?[] Both(StoredRuns runs, string name) => [runs.Ratios($"{name}-1"), runs.Ratios($"{name}-2")];

    /// <summary>What the files say of a model's weights; null if they don't have it.</summary>
    private static string? WeightsOf(StoredRows<RatioRow>?[] files, string model)
    {
        var row = files.OfType<StoredRows<RatioRow>>().SelectMany(file => file.Rows).FirstOrDefault(row => row.Layer == model);
        return row is null ? null : NetworkDocumentTables.NameOf(row.Pass)[0].Replace(" masked", " of w masked", StringComparison.Ordinal);
    }

    private static RunFigure? Of(StoredRows<RatioRow>? stored, string model, string schedule, int? batch = null)
    {
        return stored?.Mean(IsChosen, row => row.Ratio);

        bool IsChosen(RatioRow row)
        {
            var name = NetworkDocumentTables.NameOf(row.Pass)[1];
            return row.Layer == model && (name == schedule || name == MarkdownTable.Nothing) && (batch ?? row.Batch) == row.Batch;
        }
    }
}
