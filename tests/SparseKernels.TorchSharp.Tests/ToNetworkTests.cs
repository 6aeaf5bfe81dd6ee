using SparseKernels.Bench.Peer;
using SparseKernels.TorchSharp.Tests.Support;
using SparseKernels.Training;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class ToNetworkTests
{
    private static readonly FeatureShape s_image = new(3, 13, 12);

    [Fact]
    public void ToNetwork_Row_InfersNamesAndTrainsAsTheModel()
    {
        Torch.Need();
        using var model = Models.Row();
        Statistics(model);
        model.eval();
        using var network = SparseTorch.ToNetwork(model, s_image, batch: 4);
        Assert.Equal(
            model.state_dict().Keys.Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            network.State.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.Equal(5, network.Classes);
        using var x = Torch.Noise(1, 4, 3, 13, 12);
        Same(model, x, (images, logits) => network.Predict(images, logits), 2e-5);
        using (var predictor = new Predictor(network)) Same(model, x, (images, logits) => predictor.Predict(images, logits), 5e-5);

        // A step of each, of the same loss.
        model.train();
        int[] labels = [0, 1, 2, 3];
        using var loss = functional.cross_entropy(model.call(x), tensor(labels.Select(label => (long)label).ToArray()));
        loss.backward();
        var result = network.ComputeGradients(Torch.Values(x), labels);
        Assert.Equal(loss.item<float>(), result.Loss, 1e-4);
        var conv2 = network.Parameters.Single(parameter => parameter.Name == "conv2.weight");
        using var gradient = tensor(conv2.Gradient, model.get_parameter("conv2.weight")!.shape);
        Torch.Close(model.get_parameter("conv2.weight")!.grad, gradient, 5e-4, "the gradient of conv2");

        // The model's own weights stay.
        var before = Torch.Values(model.get_parameter("conv2.weight")!);
        network.Step(Torch.Values(x), labels, new Sgd(network.Parameters), 0.1f);
        Assert.Equal(before, Torch.Values(model.get_parameter("conv2.weight")!));
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    [InlineData("vgg-small")]
    public void ToNetwork_WholeModels_GiveTheLogitsOfTorch(string name)
    {
        Torch.Need();
        using TensorModule model = name switch
        {
            "resnet18" => torchvision.models.resnet18(num_classes: 7),
            "mobilenet_v2" => torchvision.models.mobilenet_v2(num_classes: 7),
            _ => TorchModels.Create(name, channels: 3, size: 32, classes: 7),
        };
        model.eval();
        var blocks = new Dictionary<Type, BlockDescription>(TorchModels.Blocks) { [model.GetType()] = new("_features", BlockDescription.Mean, "_classifier") };
        using var network = SparseTorch.ToNetwork(model, new FeatureShape(3, 32, 32), options: name == "vgg-small" ? new SparseTorchOptions { Blocks = blocks } : null);
        using var x = Torch.Noise(1, 2, 3, 32, 32);
        Same(model, x, (images, logits) => network.Predict(images, logits), 2e-5);
    }

    [Fact]
    public void ToNetwork_RowsAndFeatures_AreTaken()
    {
        Torch.Need();
        using var rows = Sequential(Linear(12, 9), ReLU(), Linear(9, 4));
        using var network = SparseTorch.ToNetwork(rows, new FeatureShape(12, 1, 1));
        using var x = Torch.Noise(1, 3, 12);
        Same(rows, x, (images, logits) => network.Predict(images, logits), 1e-5);
        using var features = Sequential(Conv2d(3, 8, 3), Sigmoid());
        using var images = SparseTorch.ToNetwork(features, s_image);
        Assert.Equal(new FeatureShape(8, 11, 10), images.Outputs[0].Image);
    }

    [Fact]
    public void ToNetwork_WhatCantBe_IsNamed()
    {
        Torch.Need();
        Assert.Throws<ArgumentNullException>("model", () => SparseTorch.ToNetwork(null!, s_image));
        Assert.Contains("GELU", Assert.Throws<NotSupportedException>(() => SparseTorch.ToNetwork(Sequential(Conv2d(3, 8, 3), GELU()), s_image)).Message, StringComparison.Ordinal);
        Assert.Contains("OwnNetwork", Assert.Throws<NotSupportedException>(() => SparseTorch.ToNetwork(new OwnNetwork(), s_image)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SparseTorch.ToNetwork(Sequential(Conv2d(4, 8, 3)), s_image));
        Assert.Throws<ArgumentOutOfRangeException>(() => SparseTorch.ToNetwork(Sequential(Conv2d(3, 8, 3)), s_image, batch: 0));
    }

    private static void Statistics(TensorModule model)
    {
        using var grad = no_grad();
        for (var i = 0; i < 3; i++) model.call(Torch.Noise(20 + i, 6, 3, 13, 12)).Dispose();
    }

    private static void Same(TensorModule model, Tensor x, Action<float[], float[]> run, double share)
    {
        using var grad = no_grad();
        using var expected = model.call(x);
        var logits = new float[expected.NumberOfElements];
        run(Torch.Values(x), logits);
        using var actual = tensor(logits, expected.shape);
        Torch.Close(expected, actual, share, "the logits");
    }
}
