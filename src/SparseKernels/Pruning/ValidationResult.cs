namespace SparseKernels.Pruning;

/// <summary>What an evaluation gave, on held-out images or on those trained on.</summary>
/// <param name="Accuracy">The share of the images that is right, 0 to 1; NaN where there is none.</param>
/// <param name="Images">How many images; 0 where nobody knows.</param>
public readonly record struct ValidationResult(double Accuracy, int Images)
{
    /// <summary>
    /// The standard error of the difference between this accuracy and another on as many images, as if they were drawn anew:
    /// <c>√((p(1−p) + q(1−q)) / n)</c>, each taken to be half an image from 0 and from 1 at least, so that a few images that are all right don't count
    /// as no noise. The same images make the true one smaller. 0 where the images are not known.
    /// </summary>
    /// <param name="other">The other accuracy, 0 to 1.</param>
    /// <returns>0 or more; NaN if an accuracy is.</returns>
    public double StandardErrorAgainst(double other) => Images <= 0 ? 0 : Math.Sqrt((Variance(Accuracy) + Variance(other)) / Images);

    private double Variance(double accuracy)
    {
        var half = 0.5 / Images;
        var share = double.IsNaN(accuracy) ? accuracy : Math.Clamp(accuracy, half, 1 - half);
        return share * (1 - share);
    }
}
