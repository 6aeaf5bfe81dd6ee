using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>The sizes that operators give which leave the elements and their order as they are, and those of a concatenation.</summary>
internal static class Reshaping
{
    public static int[] Reshape(OperatorCall call)
    {
        var from = call.Shape(0);
        var asked = call.Known(1).Integers;
        var zeroStays = call.Node.Integer("allowzero", 0) == 0;
        var shape = new int[asked.Length];
        var open = -1;
        for (var i = 0; i < asked.Length; i++)
        {
            if (asked[i] == -1 && open >= 0) throw new InvalidDataException("two sizes are -1.");
            if (asked[i] == -1) open = i;
            if (asked[i] == 0 && zeroStays && i >= from.Length) throw new InvalidDataException($"size {i} is that of the input, which has only {from.Length}.");
            shape[i] = asked[i] == -1 ? 1 : asked[i] == 0 && zeroStays ? from[i] : TensorShape.FromLongs([asked[i]])[0];
        }

        var (had, has) = (TensorShape.Length(from), TensorShape.Length(shape));
        if (open >= 0) shape[open] = has > 0 ? had / has : 0;
        return TensorShape.Length(shape) == had
            ? shape
            : throw new InvalidDataException($"{TensorShape.Text(from)} can't become [{string.Join(", ", asked)}].");
    }

    public static int[] Flatten(OperatorCall call)
    {
        var from = call.Shape(0);
        var axis = call.Node.Integer("axis", 1);
        var at = (int)(axis < 0 ? axis + from.Length : axis);
        if (at < 0 || at > from.Length) throw new InvalidDataException($"axis {axis} is none of a tensor of {from.Length} sizes.");
        return [TensorShape.Length(from.AsSpan(0, at)), TensorShape.Length(from.AsSpan(at))];
    }

    /// <summary>Sizes without the axes of one element. The batch stays where the axes are not named, however many images there are.</summary>
    public static int[] Squeeze(OperatorCall call)
    {
        var from = call.Shape(0);
        if (call.Integers("axes", 1) is not { } named)
            return [.. from.Where((size, axis) => size != 1 || (axis == 0 && call.Constant(0) is null))];
        var axes = named.Select(axis => TensorShape.Axis(axis, from.Length)).ToHashSet();
        if (axes.FirstOrDefault(axis => from[axis] != 1, -1) is >= 0 and var wrong)
            throw new InvalidDataException($"axis {wrong} of {TensorShape.Text(from)} isn't 1.");
        return [.. from.Where((_, axis) => !axes.Contains(axis))];
    }

    public static int[] Unsqueeze(OperatorCall call)
    {
        var from = call.Shape(0);
        var named = call.Integers("axes", 1) ?? throw new InvalidDataException("it must have axes.");
        var rank = from.Length + named.Length;
        var axes = named.Select(axis => TensorShape.Axis(axis, rank)).ToHashSet();
        if (axes.Count != named.Length) throw new InvalidDataException("an axis is there twice.");
        var left = new Queue<int>(from);
        return [.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? 1 : left.Dequeue())];
    }

    public static int[] Concat(int[][] parts, int axis)
    {
        int[] shape = [.. parts[0]];
        foreach (var part in parts.AsSpan(1))
        {
            if (part.Length != shape.Length || part.Where((size, i) => i != axis && size != shape[i]).Any())
                throw new InvalidDataException($"{TensorShape.Text(parts[0])} and {TensorShape.Text(part)} can't be put together along axis {axis}.");
            shape[axis] += part[axis];
        }

        return shape;
    }
}
