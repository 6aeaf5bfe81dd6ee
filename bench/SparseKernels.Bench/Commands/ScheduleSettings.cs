using SparseKernels.Bench.Scheduling;

namespace SparseKernels.Bench.Commands;

/// <summary>What the user asked of <c>ratios schedule</c>.</summary>
/// <param name="Run">What every comparison takes.</param>
/// <param name="Passes">The passes.</param>
/// <param name="Patterns">Part of a pattern's name (several apart by commas), or null for all.</param>
/// <param name="Weights">What becomes of the weights between calls.</param>
internal sealed record ScheduleSettings(RunSettings Run, IReadOnlyList<ConvolutionPass> Passes, string? Patterns, WeightUse Weights);
