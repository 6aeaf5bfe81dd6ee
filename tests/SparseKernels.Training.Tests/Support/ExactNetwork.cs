using SparseKernels.Sparsity;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>
/// Networks whose inference rounds nothing, so that another order of sums changes no bit: all numbers are small multiples of ½, and batch
/// normalisations multiply by 1 or −1, each with statistics of its own.
/// </summary>
internal static class ExactNetwork
{
    public const int Images = 3;

    /// <summary>
    /// A network by the name of a model, or <c>flattened</c> for one with a fully connected layer on wide channels of several pixels.
    /// </summary>
    public static Network Create(string name)
    {
        var network = name switch
        {
            "flattened" => Flattened(groups: 1),
            "grouped" => Flattened(groups: 2),
            "branched" => Branched(),
            "lenet" => ModelCatalogue.Create(name, new FeatureShape(1, 28, 28), 10, batch: 2),
            _ => ModelCatalogue.Create(name, new FeatureShape(3, 16, 16), 10, batch: 2),
        };
        Fill(network);
        return network;
    }

    public static float[] Predict(Network network)
    {
        var random = new RandomSource(4);
        var images = new float[Images * network.Input.Length];
        foreach (ref var value in images.AsSpan()) value = random.NextInt(7) - 3;
        var logits = new float[Images * network.Classes];
        network.Predict(images, logits);
        return logits;
    }

    private static Network Flattened(int groups) => new(
        "flattened", new FeatureShape(2, 12, 12),
        [
            new Conv2d("conv1", 2, 24, 3, padding: 1),
            new Relu("relu1"),
            new MaxPool2d("pool1", 2),
            new Conv2d("conv2", 24, 40, 3, groups: groups),
            new PooledBatchNorm2d("bn2", 40),
            new Conv2d("conv3", 40, 36, 1),
            new Dropout("dropout"),
            new Linear("fc1", new FeatureShape(36, 2, 2), 50),
            new Relu("relu3"),
            new Linear("fc2", new FeatureShape(50, 1, 1), 5),
        ],
        batch: 2);

    /// <summary>A sum, a product and a concatenation of branches: only the last keeps their channels where they are.</summary>
    private static Network Branched()
    {
        var graph = new GraphBuilder();
        var x = graph.AddRow([new Conv2d("conv1", 2, 40, 3, padding: 1), new Relu("relu1")], graph.Input(new FeatureShape(2, 6, 6)));
        var product = graph.Add(new Multiply("multiply"), graph.Add(new Conv2d("left", 40, 36, 1), x), graph.Add(new Conv2d("right", 40, 36, 1), x));
        x = graph.Add(new Add("add", relu: true), x, graph.Add(new Conv2d("conv2", 36, 40, 1), product));
        x = graph.Add(new Concat("cat"), graph.Add(new Conv2d("conv3", 40, 20, 1), x), graph.Add(new Conv2d("conv4", 40, 21, 1), x));
        var logits = graph.AddRow([new Conv2d("conv5", 41, 50, 1), new Relu("relu5"), new Linear("fc", new FeatureShape(50, 6, 6), 5)], x);
        return Network.FromGraph("branched", graph.Build(logits), batch: 2);
    }

    /// <summary>Few weights of each output are 1 or −1, all others zero and, but for the first and last layer's, masked.</summary>
    private static void Fill(Network network)
    {
        var random = new RandomSource(8);
        var buffers = network.State.ToDictionary(tensor => tensor.Name, tensor => tensor.Values);
        foreach (var parameter in network.Parameters)
        {
            var owner = parameter.Name[..parameter.Name.LastIndexOf('.')];
            if (parameter.Shape.Length > 1) Fill(parameter, ref random);
            else if (!parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
                foreach (ref var bias in parameter.Value.AsSpan()) bias = random.NextInt(4) - 1.5f;
            else FillScale(parameter.Value, buffers[$"{owner}.running_mean"], buffers[$"{owner}.running_var"], ref random);
        }

        foreach (var weight in network.Parameters.Where(parameter => parameter.Shape.Length > 1).Skip(1).SkipLast(1)) weight.Mask = MaskOf(
            network, weight);
        network.Touch();
    }

    private static void Fill(Parameter weight, ref RandomSource random)
    {
        var row = weight.Value.Length / weight.Shape[0];
        weight.Value.AsSpan().Clear();
        for (var k = 0; k < weight.Shape[0]; k++)
        {
            for (var i = 0; i < 3; i++) weight.Value[k * row + random.NextInt(row)] = random.NextInt(2) * 2 - 1;
        }
    }

    /// <summary>A variance so large that what is added to it is lost when the factor is rounded.</summary>
    private static void FillScale(float[] weight, float[] mean, float[] variance, ref RandomSource random)
    {
        for (var c = 0; c < weight.Length; c++)
        {
            var deviation = 1 << (12 + random.NextInt(3));
            (variance[c], mean[c]) = ((float)deviation * deviation, random.NextInt(5) - 2);
            weight[c] = random.NextInt(4) == 0 ? -deviation : deviation;
        }
    }

    private static WeightPattern MaskOf(Network network, Parameter weight)
    {
        var groups = network.Plans.Single(plan => $"{plan.Name}.weight" == weight.Name).Plan.Shape.Groups;
        var (r, s) = weight.Shape.Length == 2 ? (1, 1) : (weight.Shape[2], weight.Shape[3]);
        return WeightPattern.FromWeights(
            new ConvolutionShape(1, weight.Shape[1] * groups, r, s, weight.Shape[0], r, s, groups: groups), weight.Value);
    }
}
