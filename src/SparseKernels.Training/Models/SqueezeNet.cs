using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>squeezenet1_1</c> (Iandola et al. 2016, with the earlier poolings of its version 1.1): eight fire modules, and a 1×1 convolution to the
/// classes whose ReLU is averaged over the image. Names and first values are torchvision's; images of 17×17 and larger.
/// </summary>
internal static class SqueezeNet
{
    /// <summary>The smallest side of which a 3×3 convolution and three poolings, all of stride 2, leave a pixel: 17, 8, 4, 2, 1.</summary>
    private const int Smallest = 17;

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        SmallestImage.Check("squeezenet1_1", Smallest, input);
        return
        [
            new Conv2d("features.0", input.Channels, 64, 3, 2).StartUniform(),
            new Relu("features.1"),
            new MaxPool2d("features.2", 3, 2, ceilMode: true),
            new Fire("features.3", 64, 16, 64),
            new Fire("features.4", 128, 16, 64),
            new MaxPool2d("features.5", 3, 2, ceilMode: true),
            new Fire("features.6", 128, 32, 128),
            new Fire("features.7", 256, 32, 128),
            new MaxPool2d("features.8", 3, 2, ceilMode: true),
            new Fire("features.9", 256, 48, 192),
            new Fire("features.10", 384, 48, 192),
            new Fire("features.11", 384, 64, 256),
            new Fire("features.12", 512, 64, 256),
            new Dropout("classifier.0"),
            new Conv2d("classifier.1", 512, classes, 1).Start(Initialisation.Normal(0.01f)),
            new Relu("classifier.2"),
            new AvgPool2d("classifier.3"),
        ];
    }
}
