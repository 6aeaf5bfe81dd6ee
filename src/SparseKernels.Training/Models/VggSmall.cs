using System.Globalization;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>vgg-small</c>: six 3×3 convolutions in the manner of VGG (Simonyan and Zisserman 2015) with batch normalisation and ReLU behind each,
/// maximum pooling between the stages and one linear layer behind a global average pooling. 136 MFLOP forward for a 32×32 image.
/// Names are those of a PyTorch <c>features</c> sequence of Conv2d (without bias), BatchNorm2d, ReLU and MaxPool2d, and <c>classifier</c>.
/// </summary>
internal static class VggSmall
{
    private const int Pool = 0;

    /// <summary>Output channels of each convolution, and where the poolings stand.</summary>
    private static readonly int[] s_stages = [64, Pool, 64, 128, Pool, 128, 256, Pool, 256];

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        var poolings = s_stages.Count(stage => stage == Pool);
        if (Math.Min(input.Height, input.Width) >> poolings == 0)
            throw new ArgumentException($"input of vgg-small must be {1 << poolings}x{1 << poolings} or larger, got {input}.", nameof(input));
        var layers = new List<Layer>();
        var channels = input.Channels;
        var index = 0;
        foreach (var stage in s_stages)
        {
            if (stage == Pool)
            {
                layers.Add(new MaxPool2d(Next(ref index), 2));
                continue;
            }

            layers.Add(new Conv2d(Next(ref index), channels, stage, 3, padding: 1, bias: false, fanOutNormal: true));
            layers.Add(new BatchNorm2d(Next(ref index), stage, relu: true));
            index++; // PyTorch counts the ReLU as a module of its own.
            channels = stage;
        }

        return [.. layers, new AvgPool2d("avgpool"), new Linear("classifier", new FeatureShape(channels, 1, 1), classes)];
    }

    private static string Next(ref int index) => string.Create(CultureInfo.InvariantCulture, $"features.{index++}");
}
