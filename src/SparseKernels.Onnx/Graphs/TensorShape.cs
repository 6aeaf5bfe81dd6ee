namespace SparseKernels.Onnx.Graphs;

/// <summary>What is asked of the sizes of a tensor, outermost first.</summary>
internal static class TensorShape
{
    private const int MostGrown = 1 << 24;

    /// <summary>Elements of a tensor; 1 for a scalar.</summary>
    /// <exception cref="InvalidDataException">A size is negative, or there are more elements than an array holds.</exception>
    public static int Length(ReadOnlySpan<int> shape)
    {
        var length = (Int128)1;
        foreach (var size in shape)
        {
            if (size < 0) throw new InvalidDataException($"a tensor has a negative size: {Text(shape)}.");
            length *= size;
            if (length > Array.MaxLength) throw new InvalidDataException($"a tensor {Text(shape)} has more than {Array.MaxLength} elements.");
        }

        return (int)length;
    }

    /// <summary>Elements of a constant that is computed from less than it holds, which a few bytes of a file can ask for.</summary>
    /// <exception cref="InvalidDataException">A size is negative, or there are more elements than any network computes so.</exception>
    public static int GrownLength(ReadOnlySpan<int> shape) => Length(shape) is var length and <= MostGrown
        ? length
        : throw new InvalidDataException($"a constant {Text(shape)} of more than {MostGrown} elements is not computed.");

    /// <summary>An axis counted from the front, where negative ones count from the back.</summary>
    /// <exception cref="InvalidDataException">There is no such axis.</exception>
    public static int Axis(long axis, int rank) =>
        axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
            : throw new InvalidDataException($"axis {axis} is none of a tensor of {rank} sizes.");

    /// <summary>The sizes of the result of an operator that broadcasts, as NumPy does.</summary>
    /// <exception cref="InvalidDataException">The sizes don't go together.</exception>
    public static int[] Broadcast(int[] a, int[] b)
    {
        var result = new int[Math.Max(a.Length, b.Length)];
        for (var i = 1; i <= result.Length; i++)
        {
            var (left, right) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            if (left != right && left != 1 && right != 1) throw new InvalidDataException($"{Text(a)} and {Text(b)} can't be broadcast to one shape.");
            result[^i] = left == 1 ? right : left;
        }

        return result;
    }

    public static int[] FromLongs(ReadOnlySpan<long> sizes)
    {
        var result = new int[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
            result[i] = sizes[i] is >= int.MinValue and <= int.MaxValue ? (int)sizes[i]
                : throw new InvalidDataException($"a size of {sizes[i]} is out of range.");
        return result;
    }

    public static string Text(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
