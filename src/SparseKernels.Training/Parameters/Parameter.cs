using SparseKernels.Sparsity;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Parameters;

/// <summary>A tensor that training changes, with its gradient and the optimiser's momentum, all row-major in PyTorch's order.</summary>
public sealed class Parameter
{
    private readonly Initialisation _initialisation;
    private WeightPattern? _mask;

    /// <summary>Makes a parameter of zeros; <see cref="Initialise"/> gives it its first values.</summary>
    /// <param name="name">Its name, PyTorch style: <c>features.0.weight</c>.</param>
    /// <param name="shape">Its sizes, outermost first: <c>[K, C/groups, R, S]</c> for the weights of a convolution.</param>
    /// <param name="initialisation">How it gets its first values.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="name"/> is empty, or <paramref name="shape"/> has no size, a size under 1 or too many elements.
    /// </exception>
    public Parameter(string name, int[] shape, Initialisation initialisation)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        var length = (Int128)1;
        foreach (var size in shape) length *= size < 1 ? 0 : size;
        if (shape.Length == 0 || length < 1 || length > Array.MaxLength)
            throw new ArgumentException(
                $"shape of {name} must have sizes of 1 or more and at most {Array.MaxLength} elements, got [{string.Join(", ", shape)}].",
                nameof(shape));
        Name = name;
        Shape = [.. shape];
        _initialisation = initialisation;
        Value = new float[(int)length];
        Gradient = new float[(int)length];
        Momentum = new float[(int)length];
    }

    /// <summary>Its name.</summary>
    public string Name { get; internal set; }

    /// <summary>Its sizes, outermost first.</summary>
    public int[] Shape { get; }

    /// <summary>The values. Whoever changes them calls <see cref="Touch"/>.</summary>
    public float[] Value { get; }

    /// <summary>The gradient of the loss, as the last backward pass left it.</summary>
    public float[] Gradient { get; }

    /// <summary>The optimiser's running direction; zero before the first step.</summary>
    public float[] Momentum { get; }

    /// <summary>
    /// The weights that train; all others are zero and stay so, whatever momentum or decay say. Null, the default, for all. Setting it
    /// makes value, gradient and momentum zero outside it.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The mask is of other weights: expected <c>[K, C/groups, R, S]</c> as <see cref="Shape"/>, or <c>[K, C, 1, 1]</c> for the <c>[K,
    /// C]</c> of a fully connected layer.
    /// </exception>
    public WeightPattern? Mask
    {
        get => _mask;
        set
        {
            if (value is not null && !Fits(value))
                throw new ArgumentException($"Mask of {Name} must be of weights [{string.Join(", ", WeightShape)}], got one of [{string.Join(", ", SizesOf(value))}].", nameof(Mask));
            _mask = value;
            value?.Apply(Gradient);
            value?.Apply(Momentum);
            Touch();
            MaskVersion = Version;
        }
    }

    /// <summary>Whether the next backward pass is to leave the gradients of masked weights too.</summary>
    internal bool WantsWholeGradient { get; set; }

    /// <summary>The weights whose gradients are wanted; null for all.</summary>
    internal WeightPattern? GradientMask => WantsWholeGradient ? null : _mask;

    /// <summary>The sizes of a convolution's weights that the parameter has or stands for.</summary>
    private int[] WeightShape => Shape.Length == 2 ? [Shape[0], Shape[1], 1, 1] : Shape;

    /// <summary>Counts changes of <see cref="Value"/>, so that packed copies know when they are stale.</summary>
    internal int Version { get; private set; } = 1;

    /// <summary>The <see cref="Version"/> that came with the present mask.</summary>
    internal int MaskVersion { get; private set; }

    /// <summary>Says that <see cref="Value"/> changed. What the mask leaves out becomes zero again.</summary>
    public void Touch()
    {
        _mask?.Apply(Value);
        Version++;
    }

    /// <summary>As <see cref="Touch"/>, from whoever keeps to the mask.</summary>
    internal void TouchMasked() => Version++;

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

    /// <summary>Whether a mask is of this parameter's sizes.</summary>
    internal bool Fits(WeightPattern mask) => WeightShape.AsSpan().SequenceEqual(SizesOf(mask));

    private static int[] SizesOf(WeightPattern mask) => [mask.Shape.K, mask.Shape.GroupC, mask.Shape.R, mask.Shape.S];
}
