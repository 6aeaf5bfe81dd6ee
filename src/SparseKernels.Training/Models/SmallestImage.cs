using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>Refuses images that a model's poolings would leave nothing of.</summary>
internal static class SmallestImage
{
    /// <summary>Checks both sides of an image.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="size">The smallest height and width.</param>
    /// <param name="input">The image.</param>
    /// <exception cref="ArgumentException">A side is under <paramref name="size"/>.</exception>
    public static void Check(string model, int size, FeatureShape input)
    {
        if (Math.Min(input.Height, input.Width) < size)
            throw new ArgumentException($"input of {model} must be {size}x{size} or larger, got {input}.", nameof(input));
    }
}
