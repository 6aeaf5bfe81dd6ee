namespace SparseKernels.Training;

/// <summary>A tensor that training changes, with its gradient and the optimiser's momentum, all row-major in PyTorch's order.</summary>
public sealed class Parameter
{
    private readonly Initialisation _initialisation;

    /// <summary>Makes a parameter of zeros; <see cref="Initialise"/> gives it its first values.</summary>
    /// <param name="name">Its name, PyTorch style: <c>features.0.weight</c>.</param>
    /// <param name="shape">Its sizes, outermost first: <c>[K, C/groups, R, S]</c> for the weights of a convolution.</param>
    /// <param name="initialisation">How it gets its first values.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or <paramref name="shape"/> has no size, a size under 1 or too many elements.</exception>
    public Parameter(string name, int[] shape, Initialisation initialisation)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        var length = (Int128)1;
        foreach (var size in shape) length *= size < 1 ? 0 : size;
        if (shape.Length == 0 || length < 1 || length > Array.MaxLength)
            throw new ArgumentException($"shape of {name} must have sizes of 1 or more and at most {Array.MaxLength} elements, got [{string.Join(", ", shape)}].", nameof(shape));
        Name = name;
        Shape = [.. shape];
        _initialisation = initialisation;
        Value = new float[(int)length];
        Gradient = new float[(int)length];
        Momentum = new float[(int)length];
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its sizes, outermost first.</summary>
    public int[] Shape { get; }

    /// <summary>The values. Whoever changes them calls <see cref="Touch"/>.</summary>
    public float[] Value { get; }

    /// <summary>The gradient of the loss, as the last backward pass left it.</summary>
    public float[] Gradient { get; }

    /// <summary>The optimiser's running direction; zero before the first step.</summary>
    public float[] Momentum { get; }

    /// <summary>Counts changes of <see cref="Value"/>, so that packed copies know when they are stale.</summary>
    internal int Version { get; private set; } = 1;

    /// <summary>Says that <see cref="Value"/> changed.</summary>
    public void Touch() => Version++;

    /// <summary>Gives the first values and clears gradient and momentum.</summary>
    /// <param name="random">Where random values come from; advanced.</param>
    public void Initialise(ref RandomSource random)
    {
        _initialisation.Fill(Value, ref random);
        Array.Clear(Gradient);
        Array.Clear(Momentum);
        Touch();
    }

    /// <summary>The values under the parameter's name; the array itself, not a copy.</summary>
    /// <returns>The tensor.</returns>
    public NamedTensor ToTensor() => new(Name, Shape, Value);
}
