using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>resnet18</c>, <c>resnet34</c> and <c>resnet50</c> (He et al. 2016, table 1): four stages of basic blocks, or of bottlenecks from 50 layers
/// on, behind a 7×7 convolution and a pooling. Names and first values are torchvision's; images of any size.
/// </summary>
internal static class ResNet
{
    private const int FirstChannels = 64;

    public static Layer[] Layers18(FeatureShape input, int classes) => Layers([2, 2, 2, 2], deep: false, input, classes);

    public static Layer[] Layers34(FeatureShape input, int classes) => Layers([3, 4, 6, 3], deep: false, input, classes);

    public static Layer[] Layers50(FeatureShape input, int classes) => Layers([3, 4, 6, 3], deep: true, input, classes);

    private static Layer[] Layers(ReadOnlySpan<int> blocks, bool deep, FeatureShape input, int classes)
    {
        var layers = new List<Layer>
        {
            new Conv2d("conv1", input.Channels, FirstChannels, 7, 2, 3, bias: false, fanOutNormal: true),
            new BatchNorm2d("bn1", FirstChannels, relu: true),
            new MaxPool2d("maxpool", 3, 2, 1),
        };
        var channels = FirstChannels;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var inner = FirstChannels << stage;
            for (var block = 0; block < blocks[stage]; block++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.{block}");
                var stride = stage > 0 && block == 0 ? 2 : 1;
                layers.Add(deep ? new Bottleneck(name, channels, inner, stride) : new ResidualBlock(name, channels, inner, stride));
                channels = deep ? inner * Bottleneck.Expansion : inner;
            }
        }

        return [.. layers, new AvgPool2d("avgpool"), new Linear("fc", new FeatureShape(channels, 1, 1), classes)];
    }
}
