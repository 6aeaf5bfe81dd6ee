using SparseKernels.Training;

namespace SparseKernels.Cli.Reports;

/// <summary>
/// A run's curves over its epochs as pictures beside its checkpoint: <c>name-accuracy.svg</c>, <c>name-sparsity.svg</c> and
/// <c>name-step-time.svg</c>.
/// </summary>
internal static class RunPlots
{
    /// <summary>Draws the files, those of pruning for a run that prunes alone.</summary>
    /// <param name="stem">The weights file without its extension.</param>
    /// <param name="epochs">What the epochs gave; at least one.</param>
    /// <returns>The files.</returns>
    /// <exception cref="IOException">One can't be written.</exception>
    public static IReadOnlyList<string> Save(string stem, IReadOnlyList<EpochReport> epochs)
    {
        var files = new List<string>
        {
            Save(
                $"{stem}-accuracy.svg", "accuracy, %", epochs,
                ("test", epoch => 100 * epoch.TestAccuracy), ("validation", epoch => 100 * epoch.Pruning?.ValidationAccuracy)),
            Save($"{stem}-step-time.svg", "median step, ms", epochs, ("step", epoch => epoch.StepTime.TotalMilliseconds)),
        };
        if (epochs[^1].Pruning is not null)
        {
            files.Add(Save(
                $"{stem}-sparsity.svg", "zeros, %", epochs,
                ("weights", epoch => 100 * epoch.Pruning?.Sparsity), ("coarse groups", epoch => 100 * epoch.Pruning?.CoarseSparsity)));
        }

        return files;
    }

    private static string Save(
        string path, string quantity, IReadOnlyList<EpochReport> epochs, params (string Name, Func<EpochReport, double?> Value)[] curves)
    {
        var known = curves.Select(curve => new Curve(
            curve.Name,
            [.. epochs.Where(epoch => curve.Value(epoch) is not null).Select(epoch => ((double)epoch.Epoch, curve.Value(epoch)!.Value))]));
        CurvePlot.Save(path, "epoch", quantity, [.. known.Where(curve => curve.Points.Count > 0)]);
        return path;
    }
}
