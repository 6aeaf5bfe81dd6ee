using SparseKernels.Training.Tensors;

namespace SparseKernels.Cli.Runs;

/// <summary>What the library's models are usually run on: digits, CIFAR-10's images, or ImageNet's photographs for torchvision's.</summary>
internal static class UsualSizes
{
    private const int SmallClasses = 10, ImageNetClasses = 1000;

    /// <summary>The images and classes of a model.</summary>
    public static (FeatureShape Input, int Classes) Of(string model) => model switch
    {
        "lenet" => (new FeatureShape(1, 28, 28), SmallClasses),
        "vgg-small" or "resnet20" => (new FeatureShape(3, 32, 32), SmallClasses),
        _ => (new FeatureShape(3, PictureRequest.DefaultSize, PictureRequest.DefaultSize), ImageNetClasses),
    };
}
