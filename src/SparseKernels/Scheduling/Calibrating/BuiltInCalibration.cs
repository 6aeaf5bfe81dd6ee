using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>The figures that come with the library.</summary>
internal static class BuiltInCalibration
{
    private const string Resource = "SparseKernels.Scheduling.Calibrating.defaults.json";

    private static readonly CalibrationData?[] s_made = new CalibrationData?[Enum.GetValues<InstructionSetKind>().Length];

    /// <summary>Those of an instruction set: what was measured, or in proportion to the lanes of a vector.</summary>
    public static CalibrationData Of(InstructionSetKind isa)
    {
        if (!Enum.IsDefined(isa)) throw new ArgumentOutOfRangeException(nameof(isa), isa, "not a known instruction set.");
        return s_made[(int)isa] ??= Make(isa);
    }

    private static CalibrationData Make(InstructionSetKind isa)
    {
        using var stream = typeof(BuiltInCalibration).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var measured = CalibrationJson.Read(bytes, "");
        var name = InstructionSet.NameOf(isa);
        var source = $"built-in, measured on {measured.Processor}, {InstructionSet.NameOf(measured.InstructionSet)}";
        if (isa == measured.InstructionSet) return measured.From(source);
        var scale = (double)InstructionSet.LanesOf(measured.InstructionSet) / InstructionSet.LanesOf(isa);
        double[][] scaled = [.. PassCatalogue.Rows.Select(row => (double[])[.. measured.CoefficientsOf(row).ToArray().Select(coefficient => coefficient * scale)])];
        return new CalibrationData(scaled, isa, measured.Processor, measured.Library, measured.Error, $"{source}, scaled by lanes to {name}");
    }
}
