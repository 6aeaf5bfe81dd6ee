using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Peer;
using SparseKernels.Threading;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Tests.Support;

/// <summary>One of our models and torchvision's, with the same weights and without dropout, whose masks would differ.</summary>
internal sealed class TorchVisionPair : IDisposable
{
    private const double Tolerance = 1e-4;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly nn.Module<Tensor, Tensor> _theirs;
    private readonly Tensor _x;

    public TorchVisionPair(string name, int size, int batch, int classes = 7)
    {
        var input = new FeatureShape(3, size, size);
        var layers = ModelCatalogue.Layers(name, input, classes).Where(layer => layer is not Dropout);
        Ours = new Network(name, input, [.. layers], batch, seed: 5, ComputeTopology.FromThreads(2), KernelSchedule.Dense);
        Images = Samples.Gaussian(batch * input.Length);
        Labels = Samples.Labels(batch, classes);
        _x = tensor(Images, [batch, 3, size, size]);
        _theirs = TorchVisionModels.Create(name, classes);
        ReluEdges.Avoid(Ours);
    }

    public Network Ours { get; }

    public float[] Images { get; }

    public int[] Labels { get; }

    /// <summary>Makes our running statistics those of the batch.</summary>
    public void TakeStatistics() => BatchStatistics.Take(Ours, Images, Labels);

    /// <summary>Gives torchvision's model our weights and running statistics.</summary>
    public void CopyState()
    {
        using var noGradients = no_grad();
        var theirs = _theirs.state_dict();
        foreach (var ours in Ours.State) theirs[ours.Name].copy_(tensor(ours.Values, theirs[ours.Name].shape));
    }

    /// <summary>Puts torchvision's model into training or inference mode, dropout always into the latter.</summary>
    public void Train(bool trains)
    {
        _theirs.train(trains);
        foreach (var module in _theirs.modules())
        {
            if (module is global::TorchSharp.Modules.Dropout) module.eval();
        }
    }

    /// <summary>Torchvision's loss and logits, with all gradients left in its parameters.</summary>
    public (double Loss, float[] Logits) Backward()
    {
        _theirs.zero_grad();
        var logits = _theirs.call(_x);
        var loss = nn.functional.cross_entropy(logits, tensor(Labels, ScalarType.Int64));
        loss.backward();
        return (loss.item<float>(), Values(logits));
    }

    /// <summary>Asserts that our gradients are torchvision's, but for frozen parameters.</summary>
    public void GradientsAreEqual()
    {
        var theirs = _theirs.named_parameters().ToDictionary(pair => pair.name, pair => Values(pair.parameter.grad!));
        foreach (var ours in Ours.Parameters.Where(parameter => !parameter.IsFrozen))
        {
            // A bias before a batch normalisation has the gradient 0, of which either side has its rounding: it is held to its weights' scale.
            var scale = ours.Name.EndsWith(".bias", StringComparison.Ordinal) ? Norm(theirs[$"{ours.Name[..^5]}.weight"]) : 0;
            Near(theirs[ours.Name], ours.Gradient, ours.Name, scale);
        }
    }

    /// <summary>Asserts that our running statistics are torchvision's.</summary>
    public void StatisticsAreEqual()
    {
        var theirs = _theirs.state_dict();
        foreach (var ours in Ours.State.Skip(Ours.Parameters.Count)) Near(Values(theirs[ours.Name]), ours.Values, ours.Name);
    }

    /// <summary>Asserts that two tensors differ by a share of 1e-4 of the larger one of the expected one's norm and a given scale.</summary>
    public static void Near(float[] expected, float[] actual, string what, double scale = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        var apart = Norm([.. expected.Zip(actual, (a, b) => a - b)]) / Math.Max(Norm(expected), scale);
        Assert.True(apart <= Tolerance, $"{what}: ours is {apart:G3} of its norm away from torchvision's");
    }

    public void Dispose()
    {
        Ours.Dispose();
        _theirs.Dispose();
        _scope.Dispose();
    }

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
