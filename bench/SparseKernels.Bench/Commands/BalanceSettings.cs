namespace SparseKernels.Bench.Commands;

/// <summary>What <c>ratios balance</c> compares.</summary>
/// <param name="Strengths">The balancer's strengths; the first is what the others are compared with.</param>
/// <param name="Limit">The greatest factor.</param>
/// <param name="Sparsity">The share of weights pruned at the end.</param>
/// <param name="Periods">Prunings on the way there, each of which leaves the same part of what was left.</param>
/// <param name="Steps">Training steps behind each.</param>
internal sealed record BalanceSettings(IReadOnlyList<float> Strengths, float Limit, double Sparsity, int Periods, int Steps);
