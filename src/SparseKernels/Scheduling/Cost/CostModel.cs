using SparseKernels.Isa;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Cost;

/// <summary>
/// Predicts how long a call takes: each driver's terms, from shape, densities and the driver's own block sizes, times a calibration's
/// coefficients.
/// Safe to use from several threads at once.
/// </summary>
/// <param name="calibration">The coefficients.</param>
/// <param name="isa">The kernels' instruction set.</param>
internal sealed class CostModel(CalibrationData calibration, InstructionSetKind isa) : ICostModel
{
    private readonly TermsOfShapes _terms = new(isa);

    /// <summary>The predicted time of a call. Nothing is allocated but at a shape's first call.</summary>
    /// <param name="candidate">Pass and kernels.</param>
    /// <param name="work">Shape, threads and densities.</param>
    /// <returns>Seconds, over 0.</returns>
    public double Seconds(Candidate candidate, in PassWork work)
    {
        var terms = _terms.Of(candidate, in work);
        return terms.Terms.Seconds(calibration.CoefficientsOf(terms.Row), in work);
    }
}
