namespace SparseKernels.Scheduling.Cost;

/// <summary>The figures that come with the library.</summary>
internal static class BuiltInCalibration
{
    private const string Resource = "SparseKernels.Scheduling.Cost.defaults.json";

    private static readonly Calibration?[] s_made = new Calibration?[Enum.GetValues<InstructionSetKind>().Length];

    /// <summary>Those of an instruction set: what was measured, or in proportion to the lanes of a vector.</summary>
    public static Calibration Of(InstructionSetKind isa)
    {
        if (!Enum.IsDefined(isa)) throw new ArgumentOutOfRangeException(nameof(isa), isa, "not a known instruction set.");
        return s_made[(int)isa] ??= Make(isa);
    }

    private static Calibration Make(InstructionSetKind isa)
    {
        using var stream = typeof(BuiltInCalibration).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var measured = CalibrationJson.Read(bytes, "");
        var name = InstructionSet.NameOf(isa);
        var source = $"built-in, measured on {measured.Processor}, {InstructionSet.NameOf(measured.InstructionSet)}";
        if (isa == measured.InstructionSet) return measured.From(source);
        var scale = (double)InstructionSet.LanesOf(measured.InstructionSet) / InstructionSet.LanesOf(isa);
        double[][] scaled = [.. DriverPass.All.Select(driver => (double[])[.. measured.CoefficientsOf(driver).ToArray().Select(coefficient => coefficient * scale)])];
        return new Calibration(scaled, isa, measured.Processor, measured.Library, measured.Error, $"{source}, scaled by lanes to {name}");
    }
}
