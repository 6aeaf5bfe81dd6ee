using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>What is put around an image (Pad of the ONNX standard).</summary>
/// <param name="Padding">Elements on each side.</param>
/// <param name="Mode">The standard's <c>constant</c>, <c>reflect</c> or <c>edge</c>.</param>
/// <param name="Value">The value of the elements in mode <c>constant</c>.</param>
internal sealed record Bordering(Padding2D Padding, string Mode, float Value)
{
    public static Bordering Of(OperatorCall call)
    {
        var x = call.Image(0);
        var pads = call.Integers("pads", 1) ?? throw new InvalidDataException("it must have pads.");
        var axes = (call.Node.HasInput(3) ? call.Known(3).Integers : [0, 1, 2, 3]).Select(axis => TensorShape.Axis(axis, x.Length)).ToArray();
        if (pads.Length != 2 * axes.Length) throw new InvalidDataException($"pads must be {2 * axes.Length} numbers, got {pads.Length}.");
        var sides = new int[8];
        for (var i = 0; i < axes.Length; i++) (sides[axes[i]], sides[axes[i] + 4]) = ((int)pads[i], (int)pads[i + axes.Length]);
        if (pads.Any(side => side is < 0 or > int.MaxValue) || sides[0] + sides[1] + sides[4] + sides[5] != 0)
            throw new InvalidDataException($"pads of 0 or more are supported around rows and columns, got {string.Join(", ", pads)}.");
        var mode = call.Node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect" or "edge")) throw new InvalidDataException($"mode must be constant, reflect or edge, got {mode}.");
        return new Bordering(new Padding2D(sides[2], sides[6], sides[3], sides[7]), mode, call.Float("value", 2, 0));
    }

    public int[] Shape(OperatorCall call)
    {
        var x = call.Image(0);
        return [x[0], x[1], x[2] + Padding.Top + Padding.Bottom, x[3] + Padding.Left + Padding.Right];
    }
}
