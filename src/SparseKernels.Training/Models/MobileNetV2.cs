using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>mobilenet_v2</c> (Sandler et al. 2018, table 2) at width 1: seventeen inverted residual blocks between two convolutions, and a fully
/// connected layer behind a dropout of a fifth. Names and first values are torchvision's; images of any size.
/// </summary>
internal static class MobileNetV2
{
    private const int FirstChannels = 32;
    private const int LastChannels = 1280;

    private static readonly (int Expansion, int Channels, int Blocks, int Stride)[] s_stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        var layers = new List<Layer>();
        Add("features.0", input.Channels, FirstChannels, 3, 2);
        var (channels, index) = (FirstChannels, 1);
        foreach (var stage in s_stages)
        {
            for (var block = 0; block < stage.Blocks; block++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"features.{index++}");
                layers.Add(new InvertedResidual(name, channels, stage.Channels, block == 0 ? stage.Stride : 1, stage.Expansion));
                channels = stage.Channels;
            }
        }

        Add("features.18", channels, LastChannels, 1, 1);
        return
        [
            .. layers,
            new AvgPool2d("avgpool"),
            new Dropout("classifier.0", 0.2f),
            new Linear("classifier.1", new FeatureShape(LastChannels, 1, 1), classes).Start(Initialisation.Normal(0.01f)),
        ];

        void Add(string name, int inputs, int outputs, int kernel, int stride)
        {
            layers.Add(new Conv2d($"{name}.0", inputs, outputs, kernel, stride, kernel / 2, bias: false).StartFanOut());
            layers.Add(new BatchNorm2d($"{name}.1", outputs));
            layers.Add(new Relu6($"{name}.2"));
        }
    }
}
