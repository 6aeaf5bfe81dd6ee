using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Parameters;

/// <summary>How a parameter gets its first values.</summary>
public readonly record struct Initialisation
{
    private readonly float _constant;
    private readonly float _uniformBound;
    private readonly float _deviation;

    private Initialisation(float constant, float uniformBound, float deviation) =>
        (_constant, _uniformBound, _deviation) = (constant, uniformBound, deviation);

    /// <summary>Every element the same.</summary>
    /// <param name="value">The element.</param>
    /// <returns>The initialisation.</returns>
    public static Initialisation Constant(float value) => new(value, 0, 0);

    /// <summary>
    /// Uniform in ±1/√fanIn: PyTorch's default for weights (<c>kaiming_uniform</c> with a = √5) and for biases.
    /// </summary>
    /// <param name="fanIn">Inputs that one output sums: C/groups · R · S; 1 or more.</param>
    /// <returns>The initialisation.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fanIn"/> is under 1.</exception>
    public static Initialisation FanInUniform(int fanIn)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fanIn, 1);
        return new(0, 1 / MathF.Sqrt(fanIn), 0);
    }

    /// <summary>
    /// Normal with deviation √(2/fanOut): <c>kaiming_normal</c> with <c>fan_out</c> and ReLU (He et al. 2015), torchvision's choice for
    /// VGG and ResNet convolutions.
    /// </summary>
    /// <param name="fanOut">K · R · S, whatever the groups, as PyTorch has it; 1 or more.</param>
    /// <returns>The initialisation.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fanOut"/> is under 1.</exception>
    public static Initialisation FanOutNormal(int fanOut)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fanOut, 1);
        return new(0, 0, MathF.Sqrt(2f / fanOut));
    }

    /// <summary>
    /// Normal with deviation √(2/fanIn): <c>kaiming_normal</c> as PyTorch defaults it (He et al. 2015), torchvision's choice for DenseNet
    /// convolutions.
    /// </summary>
    /// <param name="fanIn">Inputs that one output sums: C/groups · R · S; 1 or more.</param>
    /// <returns>The initialisation.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fanIn"/> is under 1.</exception>
    public static Initialisation FanInNormal(int fanIn)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fanIn, 1);
        return new(0, 0, MathF.Sqrt(2f / fanIn));
    }

    /// <summary>Normal around 0: torchvision's choice for the fully connected layers of VGG and MobileNet.</summary>
    /// <param name="deviation">The standard deviation; over 0 and finite.</param>
    /// <returns>The initialisation.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deviation"/> is out of its range.</exception>
    public static Initialisation Normal(float deviation) => new(0, 0, Positive(deviation, nameof(deviation)));

    /// <summary>Uniform in ±bound: with √(6/fanIn) <c>kaiming_uniform</c> as PyTorch defaults it, torchvision's choice for SqueezeNet.</summary>
    /// <param name="bound">The largest magnitude; over 0 and finite.</param>
    /// <returns>The initialisation.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is out of its range.</exception>
    public static Initialisation Uniform(float bound) => new(0, Positive(bound, nameof(bound)), 0);

    /// <summary>Writes the first values.</summary>
    /// <param name="values">Overwritten.</param>
    /// <param name="random">Where random values come from; advanced.</param>
    public void Fill(Span<float> values, ref RandomSource random)
    {
        if (_deviation > 0)
        {
            foreach (ref var value in values) value = _deviation * random.NextGaussian();
        }
        else if (_uniformBound > 0)
        {
            foreach (ref var value in values) value = random.NextSingle(-_uniformBound, _uniformBound);
        }
        else
        {
            values.Fill(_constant);
        }
    }

    private static float Positive(float value, string argument) => value > 0 && float.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(argument, $"{argument} must be over 0 and finite, got {value}.");
}
