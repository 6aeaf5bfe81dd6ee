using SparseKernels.Passes;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Cost;

/// <summary>The terms of a way's time for one shape, and whose coefficients they are multiplied by.</summary>
/// <param name="Row">The row of the catalogue.</param>
/// <param name="Terms">The terms.</param>
internal sealed record RowTerms(PassRow Row, CostTerms Terms);
