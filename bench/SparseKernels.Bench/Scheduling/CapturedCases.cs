using SparseKernels.Bench.Layers;

namespace SparseKernels.Bench.Scheduling;

/// <summary>The zeros that a training run had in each pass of a layer, with dense weights and with most of them masked.</summary>
internal static class CapturedCases
{
    private const int MaskedPercent = 90;

    /// <summary>The cases of a layer and pass.</summary>
    public static IReadOnlyList<ScheduleCase> Of(CapturedLayer layer, ConvolutionPass pass)
    {
        var captured = layer.PatternsOf(pass);

        // A mask that wants everything is none: no ReLU lies below.
        if (pass == ConvolutionPass.BackwardData && captured.Input!.AsSpan().IndexOf(false) < 0) captured = captured with { Input = null };
        var masked = new OperandZeros(Operand.Weight, MaskedPercent);
        var weights = SyntheticCases.Draw(layer.Shape, pass, [masked]).Patterns.Weight;
        return
        [
            new ScheduleCase(pass, "captured", captured, FromLayers: true),
            new ScheduleCase(pass, $"captured+{masked.NameIn(pass)}", captured with { Weight = weights }, FromLayers: true),
        ];
    }
}
