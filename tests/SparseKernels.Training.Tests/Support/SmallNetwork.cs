using SparseKernels.Sparsity;
using SparseKernels.Threading;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>A network of every kind of layer, small enough to run in a moment and wide enough for the sparse kernels.</summary>
internal static class SmallNetwork
{
    public const int Classes = 4;

    public static FeatureShape Input { get; } = new(3, 8, 8);

    public static Network Create(
        int batch, KernelSchedule? schedule = null, ulong seed = 1, BlockedLayout? layout = null, Calibration? calibration = null) => new(
        "small", Input,
        [
            new Conv2d("conv1", 3, 18, 3, padding: 1),
            new Relu("relu1"),
            new MaxPool2d("pool1", 2),
            new ResidualBlock("block", 18, 34, 2),
            new Conv2d("conv2", 34, 33, 3, padding: 1),
            new Dropout("dropout", 0.4f),
            new Conv2d("conv3", 33, 17, 1, bias: false),
            new PooledBatchNorm2d("bn3", 17),
            new Linear("fc1", new FeatureShape(17, 1, 1), 20),
            new Relu("relu2"),
            new Linear("fc2", new FeatureShape(20, 1, 1), Classes),
        ],
        batch, seed, ComputeTopology.FromThreads(2), schedule, calibration, layout);

    /// <summary>Masks all weights of more than one dimension but the first and last layer's, each weight by chance.</summary>
    public static void Mask(Network network, double density, ulong seed = 21)
    {
        var random = new RandomSource(seed);
        foreach (var parameter in network.Parameters.Where(p => p.Shape.Length > 1 && p.Name is not ("conv1.weight" or "fc2.weight")))
        {
            var keep = new bool[parameter.Value.Length];
            foreach (ref var bit in keep.AsSpan()) bit = random.NextSingle(0, 1) < density;
            parameter.Mask = MaskOf(parameter, keep);
        }
    }

    public static WeightPattern MaskOf(Parameter parameter, bool[] keep)
    {
        var (r, s) = parameter.Shape.Length == 2 ? (1, 1) : (parameter.Shape[2], parameter.Shape[3]);
        return WeightPattern.FromMask(new ConvolutionShape(1, parameter.Shape[1], r, s, parameter.Shape[0], r, s), keep);
    }

    /// <summary>The largest difference relative to the largest expected value.</summary>
    public static double Distance(float[] expected, float[] got)
    {
        var scale = expected.Max(Math.Abs) + 1e-6;
        return expected.Zip(got, (a, b) => Math.Abs((double)a - b)).Max() / scale;
    }
}
