using System.Globalization;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>vgg11_bn</c> and <c>vgg16_bn</c> (Simonyan and Zisserman 2015, configurations A and D) with batch normalisation: 3×3 convolutions in five
/// stages with a pooling behind each, means of 7×7 parts of the image, and three fully connected layers with dropout between them. Names and
/// first values are torchvision's; images of 32×32 and larger.
/// </summary>
internal static class Vgg
{
    private const int Pool = 0;

    /// <summary>Each side of the image before the fully connected layers.</summary>
    private const int LastSize = 7;

    /// <summary>Outputs of the fully connected layers but the last.</summary>
    private const int Hidden = 4096;

    public static Layer[] Layers11(FeatureShape input, int classes) =>
        Layers("vgg11_bn", [64, Pool, 128, Pool, 256, 256, Pool, 512, 512, Pool, 512, 512, Pool], input, classes);

    public static Layer[] Layers16(FeatureShape input, int classes) => Layers(
        "vgg16_bn", [64, 64, Pool, 128, 128, Pool, 256, 256, 256, Pool, 512, 512, 512, Pool, 512, 512, 512, Pool], input, classes);

    private static Layer[] Layers(string model, ReadOnlySpan<int> stages, FeatureShape input, int classes)
    {
        SmallestImage.Check(model, 1 << stages.Count(Pool), input);
        var layers = new List<Layer>();
        var channels = input.Channels;
        var index = 0;
        for (var i = 0; i < stages.Length; i++)
        {
            if (stages[i] == Pool) continue;
            layers.Add(new Conv2d(Name(index), channels, stages[i], 3, padding: 1).StartFanOut());
            channels = stages[i];
            var pooled = stages[i + 1] == Pool;
            layers.Add(pooled ? new PooledBatchNorm2d(Name(index + 1), channels) : new BatchNorm2d(Name(index + 1), channels, relu: true));

            // torchvision counts ReLU and pooling as modules of their own.
            index += pooled ? 4 : 3;
        }

        return
        [
            .. layers,
            new AdaptiveAvgPool2d("avgpool", LastSize),
            Connected("classifier.0", new FeatureShape(channels, LastSize, LastSize), Hidden),
            new Relu("classifier.1"),
            new Dropout("classifier.2"),
            Connected("classifier.3", new FeatureShape(Hidden, 1, 1), Hidden),
            new Relu("classifier.4"),
            new Dropout("classifier.5"),
            Connected("classifier.6", new FeatureShape(Hidden, 1, 1), classes),
        ];
    }

    private static Linear Connected(string name, FeatureShape input, int outputs) => new Linear(name, input, outputs).Start(Initialisation.Normal(0.01f));

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"features.{index}");
}
