using SparseKernels.Onnx.Tests.Support;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TestSupport;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

public sealed class OnnxModelTests
{
    private static readonly FeatureShape s_input = new(3, 8, 8);

    [Fact]
    public void ToNetwork_MissingOperators_AreListedWithTheirNodesInOneMessage()
    {
        var model = Stem().Node("Tanh", ["c"], "t").Node("Relu", ["t"], "r").Node("Tanh", ["r"], "u").Node("Einsum", ["u"], "e")
            .Node("Concat", ["c", "r"], "y", ("axis", 2))
            .Node("Resize", ["c"], "z").Output("y");
        model.Proto.Graph.Node[^1].Domain = "com.example";
        var message = Refused(model);
        Assert.Contains("operators are not supported: Einsum ('Einsum_4'); Tanh ('Tanh_1', 'Tanh_3'); com.example.Resize ('Resize_6')", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void ToNetwork_SettingsThatNoLayerHas_NameTheNode()
    {
        Assert.Contains("Concat 'Concat_1': it is supported over the channels, axis 1", Refused(Stem()
            .Node("Concat", ["c", "c"], "y", ("axis", 2)).Output("y")));
        Assert.Contains("AveragePool 'AveragePool_1': means over windows with dilation", Refused(
            Stem(19).Node("AveragePool", ["c"], "y", ("kernel_shape", new[] { 2, 2 }), ("dilations", new[] { 2, 2 })).Output("y")));
        Assert.Contains("Sub 'Sub_2': it is supported with a constant", Refused(Stem().Node("Relu", ["c"], "r").Node("Sub", ["c", "r"], "y").Output("y")));
        Assert.Contains("it mixes the images of a batch", Refused(Stem().Integers("s", -1).Node("Reshape", ["c", "s"], "y").Output("y")));
    }

    [Fact]
    public void ToNetwork_WeightsOfAnotherSize_NameTheNode() => Assert.Contains(
        "Conv 'Conv_1': weights [4, 5, 1, 1] in 1 groups don't fit an input of 6 channels",
        Refused(Stem().Weights("w", [4, 5, 1, 1], new float[20]).Node("Conv", ["c", "w"], "y").Output("y")));

    [Fact]
    public void ToNetwork_WeightsThatAreNotFinite_AreRefused() => Assert.Contains(
        "'w' has elements that are not finite", Refused(Stem().Weights("w", [1, 6, 1, 1], [0, 0, float.NaN, 0, 0, 0])
            .Node("Conv", ["c", "w"], "y").Output("y")));

    [Fact]
    public void ToNetwork_OpenSizes_AreAskedFor()
    {
        var model = new TinyModel().Input("x", 0, 3, 0, 0).Weights("k", [6, 3, 3, 3], RandomTensor.Floats(162, seed: 1)).Node("Conv", ["x", "k"], "c")
            .Node("GlobalAveragePool", ["c"], "y").Output("y");
        Assert.Contains("leaves sizes of its input open: x FLOAT [open, 3, open, open]", Refused(model));
        Imported.ExpectSameAsRuntime(model.Bytes, new FeatureShape(3, 7, 5));
        Imported.ExpectSameAsRuntime(model.Bytes, new FeatureShape(3, 12, 9));
    }

    [Theory]
    [InlineData("Add", "Add 'Add_1': input 0 is missing.")]
    [InlineData("Identity", "Identity 'Identity_1': input 0 is missing.")]
    [InlineData("Concat", "Concat 'Concat_1': input 0 is missing.")]
    [InlineData("PRelu", "PRelu 'PRelu_1': input 1 is missing.", "c")]
    [InlineData("Range", "is not computed", "none", "many", "one")]
    [InlineData("ConstantOfShape", "a constant [1099511627] of more than 16777216 elements is not computed", "most")]
    [InlineData("Expand", "a constant [1099511627] of more than 16777216 elements is not computed", "one", "most")]
    public void ToNetwork_NodeWithoutWhatItNeeds_IsRefused(string name, string message, params string[] inputs)
    {
        var model = Stem().Integers("none", 0).Integers("one", 1).Integers("many", 1 << 30).Integers("most", 1099511627).Node(name, inputs, "y").Output("y");
        Assert.Contains(message, Refused(model));
    }

    [Fact]
    public void ToNetwork_OutputTooManyOrLeftOut_IsRefused()
    {
        var twice = Stem().Node("Shape", ["c"], "y").Output("y");
        twice.Proto.Graph.Node[^1].Output.Add("z");
        Assert.Contains("it has 2 outputs, but gives 1", Refused(twice));
        var leftOut = Stem().Node("Relu", ["c"], "").Output("y");
        leftOut.Proto.Graph.Node[^1].Output.Add("y");
        Assert.Contains("it must have a first output", Refused(leftOut));
    }

    [Fact]
    public void ToNetwork_NoWeights_IsRefused() =>
        Assert.Contains("no weights", Refused(new TinyModel().Input("x", 0, 3, 8, 8).Node("Relu", ["x"], "y").Output("y")));

    [Fact]
    public void ToNetwork_OneOfSeveralOutputs_LeavesOutWhatTheOthersNeed()
    {
        var model = Stem().Weights("w", [4, 6, 1, 1], RandomTensor.Floats(24, seed: 2)).Node("Conv", ["c", "w"], "long")
            .Node("GlobalMaxPool", ["c"], "short").Output("long").Output("short");
        Assert.Contains(
            "there are 2 outputs, 'long', 'short': name the one", Assert.Throws<InvalidDataException>(() => Network(model, new() { Classes = 3 })).Message);
        Assert.Contains("Output must be one of 'long', 'short', got 'other'",
            Assert.Throws<ArgumentException>(() => Network(model, new() { Output = "other" })).Message);
        using var network = Network(model, new() { Output = "short" });
        Assert.Equal(["stem.weight"], network.Parameters.Select(parameter => parameter.Name));
        Imported.ExpectSameAsRuntime(model.Bytes, s_input, new OnnxImportOptions { Output = "short" });
    }

    [Fact]
    public void ToNetwork_Options_AreTaken()
    {
        using var network = Network(Classifier(), new() { Name = "mine", Batch = 5, Layout = BlockedLayout.BatchBlocked });
        Assert.Equal(("mine", 5, BlockedLayout.BatchBlocked, 4), (network.Name, network.Batch, network.Layout, network.Classes));
        Assert.Throws<ArgumentOutOfRangeException>(() => Network(Classifier(), new() { Batch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Network(Classifier(), new() { Classes = 0 }));
        foreach (var momentum in new[] { 0, 1.1f, float.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => Network(Classifier(), new() { NormalisationMomentum = momentum }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Network(Classifier(), new() { Layout = (BlockedLayout)99 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Network(Classifier(), new() { Input = new FeatureShape(3, 0, 8) }));
    }

    [Fact]
    public void ToNetwork_Tensors_AreCalledAsTheInitialisers()
    {
        using var network = Network(Classifier());
        Assert.Equal(
            ["stem.weight", "odd_scale", "bn.bias", "fc.weight", "fc.bias", "bn.running_mean", "variance"], network.State.Select(tensor => tensor.Name));
        Assert.Equal(RandomTensor.Floats(18, seed: 7), network.State[0].Values);
    }

    [Fact]
    public void ToNetwork_Momentum_IsTheShareOfTheBatch()
    {
        // The standard's, 0.9 by default, is the share that the old statistics keep.
        using var network = Network(Classifier());
        var normalisation = Assert.Single(network.Graph.Layers.OfType<BatchNorm2d>());
        Assert.Equal((1e-5f, 0.1f), (normalisation.Settings.Epsilon, MathF.Round(normalisation.Settings.Momentum, 6)));
        using var other = Network(Classifier(), new() { NormalisationMomentum = 0.25f });
        Assert.Equal(0.25f, Assert.Single(other.Graph.Layers.OfType<BatchNorm2d>()).Settings.Momentum);
    }

    [Fact]
    public void ToNetwork_WeightsSharedByTwoNodes_BecomeTwoParameters()
    {
        var model = Stem().Weights("w", [6, 6, 1, 1], RandomTensor.Floats(36, seed: 2)).Node("Conv", ["c", "w"], "d").Node("Conv", ["d", "w"], "y").Output("y");
        Imported.ExpectSameAsRuntime(model.Bytes, s_input);
        using var network = Network(model);
        Assert.Equal(3, network.Parameters.Select(parameter => parameter.Name).Distinct().Count());
    }

    [Fact]
    public void ToNetwork_OtherClasses_RemakesTheLastLayerAlone()
    {
        var model = Classifier().Node("Softmax", ["y"], "p", ("axis", -1));
        model.Proto.Graph.Output[0].Name = "p";
        using var network = Network(model, new() { Classes = 9, Seed = 3 });
        Assert.Equal(9, network.Classes);
        Assert.Equal([9, 6], network.State.Single(tensor => tensor.Name == "fc.weight").Shape);
        Assert.Equal(RandomTensor.Floats(18, seed: 7), network.State[0].Values);
        Assert.Contains(network.State.Single(tensor => tensor.Name == "fc.weight").Values, value => value != 0);

        using var featuriser = Network(Stem().Node("GlobalAveragePool", ["c"], "y").Output("y"), new() { Classes = 5 });
        Assert.Equal([5, 6], featuriser.State.Single(tensor => tensor.Name == "head.weight").Shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void IsNormalisationFolded_BiasesWithoutNormalisation_SaySo(bool folded)
    {
        var model = folded ? Stem().Weights("w", [2, 6, 1, 1], new float[12]).Weights("b", [2], new float[2])
            .Node("Conv", ["c", "w", "b"], "y").Output("y") : Classifier();
        Assert.Equal(folded, Imported.Load(model.Bytes).IsNormalisationFolded);
    }

    [Fact]
    public void Step_ImportedNetwork_Learns()
    {
        using var network = Network(Classifier(), new() { Batch = 16 });
        var (images, labels) = (RandomTensor.Floats(16 * s_input.Length, seed: 9), Enumerable.Range(0, 16).Select(i => i % 4).ToArray());
        for (var i = 0; i < images.Length; i++)
            images[i] += i / (s_input.Height * s_input.Width) % 3 == 0 ? labels[i / s_input.Length] : labels[i / s_input.Length] % 2;
        var optimiser = new Sgd(network.Parameters);
        var first = network.Step(images, labels, optimiser, 0.1f).Loss;
        for (var step = 0; step < 60; step++) network.Step(images, labels, optimiser, 0.1f);
        Assert.True(network.Step(images, labels, optimiser, 0.1f).Loss < 0.7 * first, "the loss must fall");
        Assert.NotEqual(RandomTensor.Floats(18, seed: 7), network.State[0].Values);
    }

    [Fact]
    public void Step_WeightsOfAnyName_ArePruned()
    {
        var model = Stem().Weights("Parameter86", [6, 6, 1, 1], RandomTensor.Floats(36, seed: 2)).Node("Conv", ["c", "Parameter86"], "d")
            .Node("GlobalAveragePool", ["d"], "y").Output("y");
        using var network = Network(model, new() { Batch = 4, Classes = 3 });
        var unit = new PruningUnit(new OneShotMagnitude(0.5, step: 1));
        var optimiser = new PrunedSgd(network, unit);
        var images = RandomTensor.Floats(4 * s_input.Length, seed: 9);
        for (var step = 0; step < 3; step++) network.Step(images, [0, 1, 2, 0], optimiser, 0.1f);
        Assert.Equal(["Parameter86"], optimiser.Pruned.Select(parameter => parameter.Name));
        Assert.Equal(18, optimiser.Pruned[0].Value.Count(value => value == 0));
    }

    /// <summary>A convolution that writes "c" of 6 channels.</summary>
    private static TinyModel Stem(int opset = 13) =>
        new TinyModel(opset).Input("x", 0, 3, 8, 8).Weights("stem.weight", [6, 3, 1, 1], RandomTensor.Floats(18, seed: 7))
            .Node("Conv", ["x", "stem.weight"], "c");

    /// <summary>Convolution, normalisation, ReLU, mean, fully connected: 4 classes.</summary>
    private static TinyModel Classifier() => Stem()
        .Weights("odd_scale", [6], [1, 1, 1, 1, 1, 1])
        .Weights("bn.bias", [6], new float[6]).Weights("bn.running_mean", [6], new float[6]).Weights("variance", [6], [1, 1, 1, 1, 1, 1])
        .Node("BatchNormalization", ["c", "odd_scale", "bn.bias", "bn.running_mean", "variance"], "n").Node("Relu", ["n"], "r")
            .Node("GlobalAveragePool", ["r"], "g")
        .Node("Flatten", ["g"], "f").Weights("fc.weight", [4, 6], RandomTensor.Floats(24, seed: 8)).Weights("fc.bias", [4], new float[4])
        .Node("Gemm", ["f", "fc.weight", "fc.bias"], "y", ("transB", 1)).Output("y");

    private static Network Network(TinyModel model, OnnxImportOptions? options = null) => Imported.Load(model.Bytes).ToNetwork(options);

    private static string Refused(TinyModel model) => Assert.Throws<InvalidDataException>(() => Network(model)).Message;
}
