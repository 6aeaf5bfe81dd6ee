using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>Coefficients from measured calls.</summary>
internal static class CalibrationFit
{
    /// <summary>How many samples what was known before is worth, for each coefficient.</summary>
    private const double PriorWeight = 0.01;

    /// <summary>Fits each way's coefficients to its samples; a way without any keeps the prior's, at the pace of the others.</summary>
    /// <param name="samples">The measured calls.</param>
    /// <param name="isa">The kernels' instruction set.</param>
    /// <param name="prior">What was known before; null for nothing.</param>
    /// <returns>By <see cref="PassRow.Index"/>.</returns>
    public static double[][] Fit(IReadOnlyList<ProbeSample> samples, InstructionSetKind isa, CalibrationData? prior)
    {
        var terms = new TermsOfShapes(isa);
        var pace = prior is null ? 1 : Pace(samples, new CostModel(prior, isa));
        var byRow = samples.ToLookup(sample => terms.Of(sample.Candidate, sample.Work).Row);
        return [.. PassCatalogue.Rows.Select(row =>
        {
            var known = new double[row.Way.TermNames.Count];
            for (var i = 0; i < known.Length && prior is not null; i++) known[i] = prior.CoefficientsOf(row)[i] * pace;
            var own = byRow[row].ToArray();
            return own.Length == 0 ? known : NonNegativeLeastSquares.Solve(
                [.. own.Select(sample => RowOf(sample, terms))], [.. own.Select(sample => sample.Seconds)], known, PriorWeight);
        })];
    }

    /// <summary>By how much predictions miss: <c>mean |log(predicted / seen)|</c>, 0 without samples.</summary>
    public static double Error(IReadOnlyCollection<ProbeSample> samples, CostModel model) =>
        samples.Count == 0
            ? 0
            : samples.Average(sample => Math.Abs(Math.Log(model.Seconds(sample.Candidate, sample.Work) / sample.Seconds)));

    /// <summary>The machine's time over what the prior foretells, the median over the samples.</summary>
    private static double Pace(IReadOnlyList<ProbeSample> samples, CostModel prior)
    {
        var ratios = samples.Select(sample => sample.Seconds / prior.Seconds(sample.Candidate, sample.Work)).Order().ToArray();
        return ratios.Length == 0 ? 1 : ratios[ratios.Length / 2];
    }

    private static double[] RowOf(ProbeSample sample, TermsOfShapes all)
    {
        var (of, terms) = all.Of(sample.Candidate, sample.Work);
        var row = new double[CostTerms.Most];
        terms.Fill(sample.Work, terms.WayOf(sample.Work), row);
        return row[..of.Way.TermNames.Count];
    }
}
