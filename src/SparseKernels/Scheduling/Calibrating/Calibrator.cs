using SparseKernels.Isa;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>Makes a calibration from times measured here.</summary>
internal static class Calibrator
{
    public static string LibraryVersion { get; } = typeof(Calibrator).Assembly.GetName().Version!.ToString();

    /// <summary>Measures for about so long and fits what the built-in figures predict to it.</summary>
    public static CalibrationData Measure(InstructionSetKind isa, TimeSpan budget, Action<string>? message) =>
        Fit(new CalibrationProbes(isa, budget, message).Run(), isa, BuiltInCalibration.Of(isa));

    /// <summary>What times measured here make of a calibration that was known before, if any was.</summary>
    public static CalibrationData Fit(IReadOnlyList<ProbeSample> samples, InstructionSetKind isa, CalibrationData? prior)
    {
        var processor = ProcessorName.Identity();
        var source = $"measured on {processor}, {InstructionSet.NameOf(isa)}";
        var fitted = new CalibrationData(CalibrationFit.Fit(samples, isa, prior), isa, processor, LibraryVersion, 0, source);
        return fitted.WithError(CalibrationFit.Error(samples, new CostModel(fitted, isa)));
    }
}
