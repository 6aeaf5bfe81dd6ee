using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>Operators that put elements of constants in other places: each says where every element of its result comes from.</summary>
internal static class ConstantMoves
{
    public static ConstantTensor Gather(OperatorCall call)
    {
        var (data, indices) = (call.Known(0), call.Known(1));
        var axis = TensorShape.Axis(call.Node.Integer("axis", 0), data.Shape.Length);
        var (size, inner) = (data.Shape[axis], TensorShape.Length(data.Shape.AsSpan(axis + 1)));
        int[] shape = [.. data.Shape[..axis], .. indices.Shape, .. data.Shape[(axis + 1)..]];
        var places = new int[TensorShape.Length(shape)];
        for (var i = 0; i < places.Length; i++)
        {
            var index = indices.Integers[i / inner % indices.Length];
            if (index < -size || index >= size) throw new InvalidDataException($"index {index} is out of the {size} of axis {axis}.");
            places[i] = (((i / inner / indices.Length * size) + (int)(index < 0 ? index + size : index)) * inner) + (i % inner);
        }

        return data.Pick(shape, places);
    }

    public static ConstantTensor Slice(OperatorCall call)
    {
        var data = call.Known(0);
        var starts = call.Integers("starts", 1) ?? throw new InvalidDataException("it must have starts.");
        var ends = call.Integers("ends", 2) ?? throw new InvalidDataException("it must have ends.");
        var axes = call.Integers("axes", 3) ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        var steps = call.Integers("steps", 4) ?? [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw new InvalidDataException("starts, ends, axes and steps must be of one length.");
        for (var i = 0; i < starts.Length; i++) data = Slice(data, TensorShape.Axis(axes[i], data.Shape.Length), starts[i], ends[i], steps[i]);
        return data;
    }

    public static ConstantTensor[] Split(OperatorCall call)
    {
        var data = call.Known(0);
        var axis = TensorShape.Axis(call.Node.Integer("axis", 0), data.Shape.Length);
        var parts = call.Node.Outputs.Count;
        var part = (data.Shape[axis] + parts - 1) / parts;
        var sizes = call.Integers("split", 1) ?? [.. Enumerable.Range(0, parts).Select(i => (long)Math.Min(part, data.Shape[axis] - (i * part)))];
        if (sizes.Length != parts || sizes.Any(size => size < 0) || sizes.Sum() != data.Shape[axis])
            throw new InvalidDataException($"the parts {string.Join(", ", sizes)} are not the {data.Shape[axis]} of axis {axis} in {parts} outputs.");
        var results = new ConstantTensor[parts];
        for (var (i, start) = (0, 0L); i < parts; start += sizes[i++]) results[i] = Slice(data, axis, start, start + sizes[i], 1);
        return results;
    }

    public static ConstantTensor Concat(OperatorCall call)
    {
        var axis = TensorShape.Axis(call.Node.Integer("axis", 0), call.Known(0).Shape.Length);
        ConstantTensor[] parts = [.. Enumerable.Range(0, call.Node.Inputs.Count).Select(call.Known)];
        var shape = Reshaping.Concat([.. parts.Select(part => part.Shape)], axis);
        var outer = TensorShape.Length(shape.AsSpan(0, axis));
        return parts[0].IsFloat
            ? new ConstantTensor(shape, [.. Enumerable.Range(0, outer).SelectMany(i => parts.SelectMany(part => Run(part.Floats, outer, i)))])
            : new ConstantTensor(shape, [.. Enumerable.Range(0, outer).SelectMany(i => parts.SelectMany(part => Run(part.Integers, outer, i)))]);

        static ArraySegment<T> Run<T>(T[] values, int outer, int index) => new(values, index * (values.Length / outer), values.Length / outer);
    }

    public static ConstantTensor Transpose(OperatorCall call)
    {
        var data = call.Known(0);
        var order = call.Node.Integers("perm") ?? [.. Enumerable.Range(0, data.Shape.Length).Reverse().Select(axis => (long)axis)];
        if (order.Length != data.Shape.Length || !order.Order().SequenceEqual(Enumerable.Range(0, order.Length).Select(axis => (long)axis)))
            throw new InvalidDataException($"perm must order {data.Shape.Length} axes, got {string.Join(", ", order)}.");
        var strides = Strides(data.Shape);
        return Walk(data, [.. order.Select(axis => data.Shape[axis])], [.. order.Select(axis => strides[axis])]);
    }

    public static ConstantTensor Expand(OperatorCall call)
    {
        var data = call.Known(0);
        return Expand(data, TensorShape.Broadcast(data.Shape, TensorShape.FromLongs(call.Known(1).Integers)));
    }

    /// <summary>Repeats elements along axes that have one.</summary>
    public static ConstantTensor Expand(ConstantTensor data, int[] shape)
    {
        if (data.Shape.AsSpan().SequenceEqual(shape)) return data;
        if (TensorShape.Length(shape) > data.Length) TensorShape.GrownLength(shape);
        var strides = new int[shape.Length];
        var own = Strides(data.Shape);
        for (var i = 1; i <= data.Shape.Length; i++) strides[^i] = data.Shape[^i] == 1 ? 0 : own[^i];
        return Walk(data, shape, strides);
    }

    private static ConstantTensor Slice(ConstantTensor data, int axis, long start, long end, long step)
    {
        if (step == 0) throw new InvalidDataException("a step must not be 0.");
        var size = data.Shape[axis];
        var (first, last) = step > 0 ? (Clamp(start, 0, size), Clamp(end, 0, size)) : (Clamp(start, 0, size - 1), Clamp(end, -1, size - 1));
        int[] shape = [.. data.Shape];
        shape[axis] = (int)Math.Max(0, (last - first + step - Math.Sign(step)) / step);
        var inner = TensorShape.Length(shape.AsSpan(axis + 1));
        var places = new int[TensorShape.Length(shape)];
        for (var i = 0; i < places.Length; i++)
        {
            var index = first + (i / inner % shape[axis] * step);
            places[i] = checked((int)(((i / inner / shape[axis] * size) + index) * inner) + (i % inner));
        }

        return data.Pick(shape, places);

        long Clamp(long value, long lowest, long highest) =>
            Math.Clamp(value < 0 ? Math.Max(value, -size - 1L) + size : value, lowest, Math.Max(lowest, highest));
    }

    private static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (var (i, stride) = (shape.Length - 1, 1); i >= 0; stride *= shape[i--]) strides[i] = stride;
        return strides;
    }

    /// <summary>Reads a tensor along axes of other lengths and strides.</summary>
    private static ConstantTensor Walk(ConstantTensor data, int[] shape, int[] strides)
    {
        var places = new int[TensorShape.Length(shape)];
        var index = new int[shape.Length];
        for (var (i, place) = (0, 0); i < places.Length; i++)
        {
            places[i] = place;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                place += strides[axis];
                if (++index[axis] < shape[axis]) break;
                place -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return data.Pick(shape, places);
    }
}
