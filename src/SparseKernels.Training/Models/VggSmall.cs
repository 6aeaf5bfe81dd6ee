using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;

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
        SmallestImage.Check("vgg-small", 1 << poolings, input);
        var layers = new List<Layer>();
        var channels = input.Channels;
        var index = 0;
        for (var i = 0; i < s_stages.Length; i++)
        {
            if (s_stages[i] == Pool) continue;
            layers.Add(new Conv2d(Name(index), channels, s_stages[i], 3, padding: 1, bias: false, fanOutNormal: true));
            channels = s_stages[i];
            var pooled = i + 1 < s_stages.Length && s_stages[i + 1] == Pool;
            layers.Add(pooled ? new PooledBatchNorm2d(Name(index + 1), channels) : new BatchNorm2d(Name(index + 1), channels, relu: true));

            // PyTorch counts ReLU and pooling as modules of their own.
            index += pooled ? 4 : 3;
        }

        return [.. layers, new AvgPool2d("avgpool"), new Linear("classifier", new FeatureShape(channels, 1, 1), classes)];
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"features.{index}");
}
