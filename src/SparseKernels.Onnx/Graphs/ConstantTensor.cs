namespace SparseKernels.Onnx.Graphs;

/// <summary>
/// A tensor that is known before anything runs. Floats of all widths are kept as 32-bit ones, whole numbers and truth values as 64-bit
/// integers, which is all that shapes and weights of a network need.
/// </summary>
internal sealed class ConstantTensor
{
    private readonly float[]? _floats;
    private readonly long[]? _integers;

    public ConstantTensor(int[] shape, float[] values)
        : this(shape) => _floats = Checked(values);

    public ConstantTensor(int[] shape, long[] values)
        : this(shape) => _integers = Checked(values);

    private ConstantTensor(int[] shape)
    {
        Shape = shape;
        Length = TensorShape.Length(shape);
    }

    /// <summary>Its sizes, outermost first; empty for a scalar.</summary>
    public int[] Shape { get; }

    public int Length { get; }

    public bool IsFloat => _floats is not null;

    /// <summary>The elements of a tensor of floats, row-major: the array itself.</summary>
    public float[] Floats => _floats ?? throw new InvalidDataException($"a tensor of floats is expected, got integers {this}.");

    /// <summary>The elements of a tensor of integers, row-major: the array itself.</summary>
    public long[] Integers => _integers ?? throw new InvalidDataException($"a tensor of integers is expected, got floats {this}.");

    public static ConstantTensor Vector(params long[] values) => new([values.Length], values);

    public static ConstantTensor Scalar(float value) => new([], [value]);

    /// <summary>The only element, as a float whatever it is.</summary>
    public float Single() => Length != 1 ? throw new InvalidDataException($"one element is expected, got {this}.") : IsFloat ? Floats[0] : Integers[0];

    /// <summary>The same elements under other sizes.</summary>
    public ConstantTensor Reshape(int[] shape) => IsFloat ? new(shape, Floats) : new(shape, Integers);

    /// <summary>A tensor of elements of this one, each by its place in row-major order.</summary>
    public ConstantTensor Pick(int[] shape, int[] places) =>
        IsFloat ? new(shape, Array.ConvertAll(places, place => Floats[place])) : new(shape, Array.ConvertAll(places, place => Integers[place]));

    /// <inheritdoc/>
    public override string ToString() => TensorShape.Text(Shape);

    private T[] Checked<T>(T[] values) =>
        values.Length == Length ? values : throw new InvalidDataException($"a tensor {this} must have {Length} elements, got {values.Length}.");
}
