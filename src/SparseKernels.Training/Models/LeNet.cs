using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// <c>lenet</c>: LeNet-5 (LeCun et al. 1998) as it is written today, with ReLU and maximum pooling, for 28×28 digits. Names as in PyTorch's
/// examples: <c>conv1</c>, <c>conv2</c>, <c>fc1</c>, <c>fc2</c>, <c>fc3</c>.
/// </summary>
internal static class LeNet
{
    private const int Smallest = 12;

    public static Layer[] Layers(FeatureShape input, int classes)
    {
        SmallestImage.Check("lenet", Smallest, input);
        var flattened = new FeatureShape(16, Remaining(input.Height), Remaining(input.Width));
        return
        [
            new Conv2d("conv1", input.Channels, 6, 5, padding: 2),
            new Relu("relu1"),
            new MaxPool2d("pool1", 2),
            new Conv2d("conv2", 6, 16, 5),
            new Relu("relu2"),
            new MaxPool2d("pool2", 2),
            new Linear("fc1", flattened, 120),
            new Relu("relu3"),
            new Linear("fc2", new FeatureShape(120, 1, 1), 84),
            new Relu("relu4"),
            new Linear("fc3", new FeatureShape(84, 1, 1), classes),
        ];
    }

    /// <summary>A side of the image behind the second pooling.</summary>
    private static int Remaining(int size) => ((size / 2) - 4) / 2;
}
