using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>The figures that come with the library: for each instruction set that was measured the file <c>defaults-NAME.json</c>.</summary>
internal static class BuiltInCalibration
{
    /// <summary>The instruction set whose figures stand in for those of one that was not measured.</summary>
    private const InstructionSetKind Model = InstructionSetKind.Avx2;

    private static readonly CalibrationData?[] s_made = new CalibrationData?[Enum.GetValues<InstructionSetKind>().Length];

    /// <summary>Those of an instruction set: what was measured, or in proportion to the lanes of a vector.</summary>
    public static CalibrationData Of(InstructionSetKind isa)
    {
        if (!Enum.IsDefined(isa)) throw new ArgumentOutOfRangeException(nameof(isa), isa, "not a known instruction set.");
        return s_made[(int)isa] ??= Read(isa) ?? Scale(Read(Model)!, isa);
    }

    private static CalibrationData? Read(InstructionSetKind isa)
    {
        var resource = $"{typeof(BuiltInCalibration).Namespace}.defaults-{InstructionSet.NameOf(isa)}.json";
        using var stream = typeof(BuiltInCalibration).Assembly.GetManifestResourceStream(resource);
        if (stream is null) return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var measured = CalibrationJson.Read(bytes, "");
        return measured.From($"built-in, measured on {measured.Processor}, {InstructionSet.NameOf(measured.InstructionSet)}");
    }

    private static CalibrationData Scale(CalibrationData measured, InstructionSetKind isa)
    {
        var scale = (double)InstructionSet.LanesOf(measured.InstructionSet) / InstructionSet.LanesOf(isa);
        double[][] scaled =
        [
            .. PassCatalogue.Rows.Select(row => (double[])[.. measured.CoefficientsOf(row).ToArray().Select(coefficient => coefficient * scale)]),
        ];
        var source = $"{measured.Source}, scaled by lanes to {InstructionSet.NameOf(isa)}";
        return new CalibrationData(scaled, isa, measured.Processor, measured.Library, measured.Error, source);
    }
}
