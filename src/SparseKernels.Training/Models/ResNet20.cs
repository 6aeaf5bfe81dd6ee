using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>resnet20</c>: the CIFAR form of ResNet (He et al. 2016, section 4.2) with three stages of three basic blocks, 16, 32 and 64 channels,
/// and 1×1 convolutions where the shape changes (option B; the paper's own CIFAR runs used A, zeros for the new channels). 82 MFLOP
/// forward for a 32×32 image. Names are torchvision's: <c>conv1</c>, <c>bn1</c>, <c>layer1.0.conv1</c>, <c>fc</c>.
/// </summary>
internal static class ResNet20
{
    private const int BlocksPerStage = 3;

    private static readonly int[] s_channels = [16, 32, 64];

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        var layers = new List<Layer>
        {
            new Conv2d("conv1", input.Channels, s_channels[0], 3, padding: 1, bias: false, fanOutNormal: true),
            new BatchNorm2d("bn1", s_channels[0], relu: true),
        };
        var channels = s_channels[0];
        for (var stage = 0; stage < s_channels.Length; stage++)
        {
            for (var block = 0; block < BlocksPerStage; block++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.{block}");
                layers.Add(new ResidualBlock(name, channels, s_channels[stage], stage > 0 && block == 0 ? 2 : 1));
                channels = s_channels[stage];
            }
        }

        return [.. layers, new AvgPool2d("avgpool"), new Linear("fc", new FeatureShape(channels, 1, 1), classes)];
    }
}
