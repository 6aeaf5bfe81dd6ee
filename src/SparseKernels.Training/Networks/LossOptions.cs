namespace SparseKernels.Training.Networks;

/// <summary>What training's loss is beside plain cross-entropy, as PyTorch's <c>nn.CrossEntropyLoss</c> defines it.</summary>
public sealed record LossOptions
{
    /// <summary>
    /// The share ε of every label that is spread evenly over all classes (Szegedy et al. 2016): the target of class k is
    /// <c>(1 − ε)·[k = label] + ε/K</c>; 0 to 1, 0 by default.
    /// </summary>
    public float LabelSmoothing { get; init; }

    /// <summary>
    /// How much each of the K classes counts, or empty for all alike: the loss of image n is weighted by that of its label, its smoothing's
    /// share of class k by that of k, and their sum divided by the sum of the labels' weights. Each finite and over 0.
    /// </summary>
    public IReadOnlyList<float> ClassWeights { get; init; } = [];

    /// <summary>Checks the numbers.</summary>
    /// <param name="classes">K.</param>
    /// <exception cref="ArgumentException">There are not as many weights as classes, or one is out of its range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The label smoothing is out of its range.</exception>
    internal void Check(int classes)
    {
        if (!(LabelSmoothing is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), $"LabelSmoothing must be 0 to 1, got {LabelSmoothing}.");
        ArgumentNullException.ThrowIfNull(ClassWeights, nameof(ClassWeights));
        if (ClassWeights.Count != 0 && ClassWeights.Count != classes)
            throw new ArgumentException($"ClassWeights must be empty or have one for each of {classes} classes, got {ClassWeights.Count}.", nameof(ClassWeights));
        foreach (var weight in ClassWeights)
        {
            if (!(weight > 0 && float.IsFinite(weight)))
                throw new ArgumentException($"ClassWeights must be finite and over 0, got {weight}.", nameof(ClassWeights));
        }
    }
}
