namespace SparseKernels.Cli.Reports;

/// <summary>A line of a <see cref="CurvePlot"/>.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, from left to right; at least one, none negative.</param>
internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);
