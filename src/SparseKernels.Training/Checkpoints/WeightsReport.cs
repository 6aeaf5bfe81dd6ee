namespace SparseKernels.Training.Checkpoints;

/// <summary>What became of a weights file's tensors and a network's, by name.</summary>
/// <param name="Loaded">Tensors that the network took.</param>
/// <param name="Missing">The network's that the file has not.</param>
/// <param name="Unexpected">The file's that the network has not; <c>num_batches_tracked</c>, which nothing needs, left out.</param>
/// <param name="Misshapen">Tensors that both have, in other sizes.</param>
/// <param name="NewHead">Those of the last layer that were left as they are since the file's are missing or of another number of classes.</param>
public sealed record WeightsReport(
    IReadOnlyList<string> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<MisshapenTensor> Misshapen,
    IReadOnlyList<string> NewHead)
{
    /// <summary>Whether every tensor of both found its like, but for a new head.</summary>
    public bool IsWhole => Missing.Count + Unexpected.Count + Misshapen.Count == 0;

    /// <summary>The table: a line for each kind of which there is a tensor.</summary>
    /// <returns>The lines, without an end of line behind the last.</returns>
    public override string ToString()
    {
        var lines = new List<string> { $"loaded: {Loaded.Count} tensors" };
        Add("new head", NewHead);
        Add("missing", Missing);
        Add("unexpected", Unexpected);
        Add("of other sizes", [.. Misshapen.Select(tensor => tensor.ToString())]);
        return string.Join(Environment.NewLine, lines);

        void Add(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0) lines.Add($"{what}: {string.Join(", ", names)}");
        }
    }
}
