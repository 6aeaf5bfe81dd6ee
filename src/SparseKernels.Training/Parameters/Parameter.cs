using SparseKernels.Sparsity;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Parameters;

/// <summary>
/// A tensor that training changes, with its gradient and the optimiser's momentum, all row-major in PyTorch's order. Values and gradient are
/// arrays of its own, or lie in memory of the caller's once <see cref="MoveTo"/> was called: then the caller optimises them.
/// </summary>
public sealed class Parameter
{
    /// <summary>What the second moment's name adds to the parameter's in a checkpoint.</summary>
    internal const string SecondMomentSuffix = ".second-moment";

    /// <summary>The same for the largest second moment.</summary>
    internal const string LargestSecondMomentSuffix = ".largest-second-moment";

    /// <summary>The same for the running average of the values.</summary>
    internal const string AverageSuffix = ".average";

    private float[] _value;
    private LiveWeights? _live;
    private int _liveVersion;
    private float[] _gradient;
    private float[] _momentum;
    private Memory<float> _values;
    private Memory<float> _gradients;
    private WeightPattern? _mask;
    private bool _isFrozen;
    private float _rateFactor = 1;

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
        FirstValues = initialisation;
        Length = (int)length;
        (_value, _gradient, _momentum) = (new float[Length], new float[Length], new float[Length]);
    }

    /// <summary>Values that nobody trains: without mask, gradient and momentum.</summary>
    private Parameter(string name, int[] shape, float[] value) =>
        (Name, Shape, Length, FirstValues, _value, _gradient, _momentum, _isFrozen) =
            (name, shape, value.Length, Initialisation.Constant(0), value, [], [], true);

    /// <summary>Its name.</summary>
    public string Name { get; internal set; }

    /// <summary>Its sizes, outermost first.</summary>
    public int[] Shape { get; }

    /// <summary>Its elements.</summary>
    public int Length { get; }

    /// <summary>Whether values and gradient lie in memory of the caller's.</summary>
    public bool IsElsewhere { get; private set; }

    /// <summary>How it gets its first values; a model sets what its definition says where a layer's own choice differs.</summary>
    internal Initialisation FirstValues { get; set; }

    /// <summary>The values. Whoever changes them calls <see cref="Touch"/>.</summary>
    /// <exception cref="InvalidOperationException">They lie in memory of the caller's: see <see cref="Values"/>.</exception>
    public float[] Value => Own(_value, "values");

    /// <summary>The gradient of the loss, as the last backward pass left it.</summary>
    /// <exception cref="InvalidOperationException">It lies in memory of the caller's: see <see cref="Gradients"/>.</exception>
    public float[] Gradient => Own(_gradient, "gradient");

    /// <summary>The optimiser's running direction, AdamW's first moment; zero before the first step.</summary>
    /// <exception cref="InvalidOperationException">The values lie in memory of the caller's, who optimises them.</exception>
    public float[] Momentum => Own(_momentum, "momentum");

    /// <summary>The values, wherever they lie. Whoever changes them calls <see cref="Touch"/>.</summary>
    public Span<float> Values => IsElsewhere ? _values.Span : _value;

    /// <summary>The gradient, wherever it lies; empty where the caller's memory has none.</summary>
    public Span<float> Gradients => IsElsewhere ? _gradients.Span : _gradient;

    /// <summary>The running mean of the gradient's squares that <see cref="Optimisation.AdamW"/> keeps; null where no such optimiser was made.</summary>
    public float[]? SecondMoment { get; private set; }

    /// <summary>The largest <see cref="SecondMoment"/> so far, for AMSGrad; null where no such optimiser was made.</summary>
    public float[]? LargestSecondMoment { get; private set; }

    /// <summary>The running average that <see cref="Optimisation.WeightAverage"/> keeps; null where there is none.</summary>
    public float[]? Average { get; private set; }

    /// <summary>
    /// Whether training leaves the values as they are: no gradient is computed and no optimiser changes them. Setting it makes the gradient zero.
    /// </summary>
    public bool IsFrozen
    {
        get => _isFrozen;
        set
        {
            if (value) Gradients.Clear();
            _isFrozen = value;
        }
    }

    /// <summary>What optimisers multiply the learning rate by; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public float RateFactor
    {
        get => _rateFactor;
        set
        {
            if (!(value >= 0 && float.IsFinite(value)))
                throw new ArgumentOutOfRangeException(nameof(RateFactor), $"RateFactor of {Name} must be finite and 0 or more, got {value}.");
            _rateFactor = value;
        }
    }

    /// <summary>Whether an optimiser's weight decay holds for it; true by default.</summary>
    public bool Decays { get; set; } = true;

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
            if (!Gradients.IsEmpty) value?.Apply(Gradients);
            foreach (var array in OptimiserArrays) value?.Apply(array);
            Touch();
        }
    }

    /// <summary>All that optimisers keep of it, under the names that checkpoints have them by; the arrays themselves.</summary>
    internal IEnumerable<NamedTensor> OptimiserState
    {
        get
        {
            if (IsElsewhere) yield break;
            yield return new(Name, Shape, _momentum);
            if (SecondMoment is { } second) yield return new(Name + SecondMomentSuffix, Shape, second);
            if (LargestSecondMoment is { } largest) yield return new(Name + LargestSecondMomentSuffix, Shape, largest);
            if (Average is { } average) yield return new(Name + AverageSuffix, Shape, average);
        }
    }

    /// <summary>The arrays of <see cref="OptimiserState"/>.</summary>
    internal IEnumerable<float[]> OptimiserArrays => OptimiserState.Select(tensor => tensor.Values);

    /// <summary>Whether the next backward pass is to leave the gradients of masked weights too.</summary>
    internal bool WantsWholeGradient { get; set; }

    /// <summary>The weights whose gradients are wanted; null for all.</summary>
    internal WeightPattern? GradientMask => WantsWholeGradient ? null : _mask;

    /// <summary>The sizes of a convolution's weights that the parameter has or stands for.</summary>
    private int[] WeightShape => Shape.Length == 2 ? [Shape[0], Shape[1], 1, 1] : Shape;

    /// <summary>Counts changes of <see cref="Value"/>, so that packed copies know when they are stale.</summary>
    internal int Version { get; private set; } = 1;

    /// <summary>Whether anybody reads <see cref="Live"/>: who updates the values is to pack them too.</summary>
    internal bool WantsLive { get; set; }

    /// <summary>The values that the mask leaves, packed by whoever updated them last; null where nobody did, or they have changed since.</summary>
    internal LiveWeights? Live => _liveVersion == Version && _live?.Version == _mask?.Version ? _live : null;

    /// <summary>Says that <see cref="Value"/> changed. What the mask leaves out becomes zero again.</summary>
    public void Touch()
    {
        _mask?.Apply(Values);
        Version++;
    }

    /// <summary>
    /// Lays values and gradient in memory of the caller's, who keeps it in place while a pass runs and optimises the values; momentum and the
    /// parameter's own arrays are given up. It may be called again, before any pass. The values are what the memory holds; those that a mask
    /// leaves out become zero there.
    /// </summary>
    /// <param name="values">The values, row-major.</param>
    /// <param name="gradient">Where backward passes write the gradient; empty for a parameter that is frozen.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="values"/> has not <see cref="Length"/> elements, or <paramref name="gradient"/> neither as many nor none.
    /// </exception>
    public void MoveTo(Memory<float> values, Memory<float> gradient)
    {
        if (values.Length != Length)
            throw new ArgumentException($"values of {Name} must have {Length} elements, got {values.Length}.", nameof(values));
        if (gradient.Length != Length && gradient.Length != 0)
            throw new ArgumentException($"gradient of {Name} must have {Length} elements or none, got {gradient.Length}.", nameof(gradient));
        var isNew = !IsElsewhere || !values.Equals(_values);
        (_values, _gradients, IsElsewhere) = (values, gradient, true);
        (_value, _gradient, _momentum, SecondMoment, LargestSecondMoment, Average) = ([], [], [], null, null, null);
        if (isNew) Touch();
    }

    /// <summary>As <see cref="Touch"/>, from whoever keeps to the mask.</summary>
    /// <param name="live">The new values that the mask leaves, packed; null where nobody packed them.</param>
    internal void TouchMasked(LiveWeights? live = null)
    {
        Version++;
        (_live, _liveVersion) = (live, Version);
    }

    /// <summary>Makes room for the second moments of AdamW; what is there stays.</summary>
    internal void KeepSecondMoment(bool largest)
    {
        SecondMoment ??= new float[Length];
        if (largest) LargestSecondMoment ??= new float[Length];
    }

    /// <summary>Makes room for a running average, which begins with the present values; one that is there stays.</summary>
    internal void KeepAverage() => Average ??= [.. Value];

    /// <summary>The parameter that a tensor of <see cref="OptimiserState"/> belongs to.</summary>
    internal static string OwnerOf(string name)
    {
        foreach (var suffix in (ReadOnlySpan<string>)[LargestSecondMomentSuffix, SecondMomentSuffix, AverageSuffix])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal)) return name[..^suffix.Length];
        }

        return name;
    }

    /// <summary>Gives the first values and clears gradient and what optimisers keep; a running average begins anew with the values.</summary>
    /// <param name="random">Where random values come from; advanced.</param>
    public void Initialise(ref RandomSource random)
    {
        FirstValues.Fill(Values, ref random);
        Gradients.Clear();
        foreach (var array in OptimiserArrays) Array.Clear(array);
        Touch();
        if (Average is { } average) Value.CopyTo(average, 0);
    }

    /// <summary>The values under the parameter's name; the array itself, not a copy.</summary>
    /// <returns>The tensor.</returns>
    public NamedTensor ToTensor() => new(Name, Shape, Value);

    /// <summary>Values for inference alone, without gradient and momentum; the arrays themselves are kept.</summary>
    internal static Parameter Fixed(string name, int[] shape, float[] value) => new(name, shape, value);

    /// <summary>A copy for inference alone, which training doesn't change.</summary>
    internal Parameter Snapshot() => Fixed(Name, Shape, Values.ToArray());

    /// <summary>Whether a mask is of this parameter's sizes.</summary>
    internal bool Fits(WeightPattern mask) => WeightShape.AsSpan().SequenceEqual(SizesOf(mask));

    private static int[] SizesOf(WeightPattern mask) => [mask.Shape.K, mask.Shape.GroupC, mask.Shape.R, mask.Shape.S];

    private float[] Own(float[] array, string what) => !IsElsewhere ? array : throw new InvalidOperationException(
        $"the {what} of {Name} must be the parameter's own here, but it was moved to memory of the caller's, who optimises it.");
}
