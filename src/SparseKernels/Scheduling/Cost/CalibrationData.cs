using SparseKernels.Isa;
using SparseKernels.Passes;

namespace SparseKernels.Scheduling.Cost;

/// <summary>What a calibration holds: coefficients for every row of the catalogue, and where they come from.</summary>
/// <param name="coefficients">By <see cref="PassRow.Index"/>.</param>
/// <param name="instructionSet">The instruction set it is for.</param>
/// <param name="processor">The processor it was measured on.</param>
/// <param name="library">The version of the library that measured it.</param>
/// <param name="error">The mean of <c>|log(predicted / seen)|</c>.</param>
/// <param name="source">Where it comes from, in one line.</param>
internal sealed class CalibrationData(
    double[][] coefficients, InstructionSetKind instructionSet, string processor, string library, double error, string source)
{
    public InstructionSetKind InstructionSet { get; } = instructionSet;

    public string Processor { get; } = processor;

    public string Library { get; } = library;

    public double Error { get; } = error;

    public string Source { get; } = source;

    /// <summary>What a way's terms are multiplied by, in seconds.</summary>
    public ReadOnlySpan<double> CoefficientsOf(PassRow row) => coefficients[row.Index];

    /// <summary>The same figures from elsewhere.</summary>
    public CalibrationData From(string source) => new(coefficients, InstructionSet, Processor, Library, Error, source);

    /// <summary>The same figures with another error.</summary>
    public CalibrationData WithError(double error) => new(coefficients, InstructionSet, Processor, Library, error, Source);
}
