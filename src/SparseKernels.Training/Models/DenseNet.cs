using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>densenet121</c> (Huang et al. 2017, table 1): four dense blocks of 6, 12, 24 and 16 layers, each of which adds 32 channels, and between
/// them transitions that halve channels, height and width. Names and first values are torchvision's; images of 29×29 and larger.
/// </summary>
internal static class DenseNet
{
    private const int FirstChannels = 64;
    private const int Growth = 32;

    /// <summary>The smallest side of which the first convolution and pooling leave 8 pixels, and the transitions 1: 29, 15, 8, 4, 2, 1.</summary>
    private const int Smallest = 29;

    private static readonly int[] s_blocks = [6, 12, 24, 16];

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        SmallestImage.Check("densenet121", Smallest, input);
        var layers = new List<Layer>
        {
            new Conv2d("features.conv0", input.Channels, FirstChannels, 7, 2, 3, bias: false).StartFanIn(),
            new BatchNorm2d("features.norm0", FirstChannels, relu: true),
            new MaxPool2d("features.pool0", 3, 2, 1),
        };
        var channels = FirstChannels;
        for (var block = 1; block <= s_blocks.Length; block++)
        {
            var dense = new DenseBlock(string.Create(CultureInfo.InvariantCulture, $"features.denseblock{block}"), channels, Growth, s_blocks[block - 1]);
            layers.Add(dense);
            channels = dense.Outputs;
            if (block == s_blocks.Length) break;
            layers.Add(new DenseTransition(string.Create(CultureInfo.InvariantCulture, $"features.transition{block}"), channels, channels / 2));
            channels /= 2;
        }

        return
        [
            .. layers,
            new BatchNorm2d("features.norm5", channels, relu: true),
            new AvgPool2d("avgpool"),
            new Linear("classifier", new FeatureShape(channels, 1, 1), classes).Start(Initialisation.FanInUniform(channels)),
        ];
    }
}
