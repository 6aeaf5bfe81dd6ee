using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Learning;

/// <summary>A batch of random images and labels: the time of a step doesn't depend on what they show.</summary>
internal sealed class RandomBatch
{
    /// <summary>Draws standard normal pixels and uniform labels.</summary>
    public RandomBatch(FeatureShape image, int count, int classes)
    {
        var random = new RandomSource(seed: 2);
        Images = new float[count * image.Length];
        Labels = new int[count];
        foreach (ref var pixel in Images.AsSpan()) pixel = random.NextGaussian();
        foreach (ref var label in Labels.AsSpan()) label = random.NextInt(classes);
    }

    /// <summary><c>[N, C, H, W]</c>.</summary>
    public float[] Images { get; }

    /// <summary><c>[N]</c>.</summary>
    public int[] Labels { get; }
}
