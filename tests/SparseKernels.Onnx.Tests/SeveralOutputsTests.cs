using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>Models of several inputs and outputs, in and out, against ONNX Runtime.</summary>
public sealed class SeveralOutputsTests
{
    private const int Images = 3;

    [Fact]
    public void ToNetwork_AllInputsAndOutputs_ComputeWhatOnnxRuntimeDoes()
    {
        using var network = Load(Model()).ToNetwork();
        Assert.Equal([("x", new(3, 8, 8)), ("z", new FeatureShape(2, 8, 8))], network.Inputs.Select(input => (input.Name, input.Image)));
        Assert.Equal([("map", new(4, 8, 8)), ("scores", new FeatureShape(6, 1, 1))], network.Outputs.Select(output => (output.Name, output.Image)));
        ExpectSame(Model().Bytes, network);
    }

    [Fact]
    public void ToNetwork_OneOutputNamed_LeavesOutTheInputsOfTheOthers()
    {
        using var network = Load(Model()).ToNetwork(new() { Output = "scores" });
        Assert.Equal(["x.weight"], network.Parameters.Select(parameter => parameter.Name));
        Assert.Equal((6, new FeatureShape(3, 8, 8)), (network.Classes, Assert.Single(network.Inputs).Image));
    }

    [Fact]
    public void ToNetwork_SizesOfInputsByName_AreTaken()
    {
        using var network = Load(Model()).ToNetwork(
            new() { Inputs = new Dictionary<string, FeatureShape> { ["x"] = new(3, 10, 12), ["z"] = new(2, 10, 12) } });
        Assert.Equal(new FeatureShape(4, 10, 12), network.Outputs[0].Image);
        var message = Assert.Throws<ArgumentException>(
            "options", () => Load(Model()).ToNetwork(new() { Inputs = new Dictionary<string, FeatureShape> { ["q"] = new(1, 1, 1) } })).Message;
        Assert.Contains("Inputs must be among 'x', 'z', got 'q'", message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_SeveralInputsAndOutputs_AreThoseOfTheNetwork(bool fold)
    {
        using var network = Load(Model()).ToNetwork();
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new() { FoldNormalisation = fold });
        ExpectSame(file.ToArray(), network);
        using var again = OnnxModel.Load(new MemoryStream(file.ToArray())).ToNetwork();
        Assert.Equal(network.Outputs, again.Outputs);
        ExpectSame(file.ToArray(), again);
    }

    private static OnnxModel Load(TinyModel model) => Imported.Load(model.Bytes);

    private static void ExpectSame(byte[] model, Network network)
    {
        var inputs = network.Inputs.Select((input, i) => (
            input.Name, Values: RandomTensor.Floats(Images * input.Image.Length, seed: 5 + i), Shape: (int[])[Images, input.Image.Channels, input.Image.Height, input.Image.Width])).ToList();
        var outputs = network.Outputs.ToDictionary(output => output.Name, output => new Memory<float>(new float[Images * output.Image.Length]));
        network.Predict(inputs.ToDictionary(input => input.Name, input => new ReadOnlyMemory<float>(input.Values)), outputs);
        var expected = OnnxRuntime.Run(model, inputs);
        Assert.Equal(expected.Keys.Order(), outputs.Keys.Order());
        foreach (var (name, values) in expected) Imported.ExpectClose(values, outputs[name].ToArray(), name);
    }

    /// <summary>A convolution of x, normalised, whose maxima are scores; with one of z added, a map.</summary>
    private static TinyModel Model() => new TinyModel(13).Input("x", 0, 3, 8, 8).Input("z", 0, 2, 8, 8).Output("map", 0, 4, 0, 0).Output("scores", 0, 6)
        .Weights("x.weight", [6, 3, 1, 1], RandomTensor.Floats(18, seed: 1)).Node("Conv", ["x", "x.weight"], "c")
        .Node("GlobalMaxPool", ["c"], "g").Node("Flatten", ["g"], "scores")
        .Weights("z.weight", [6, 2, 3, 3], RandomTensor.Floats(108, seed: 2)).Node("Conv", ["z", "z.weight"], "d", ("pads", new[] { 1, 1, 1, 1 }))
        .Weights("s", [6], [1, 2, 1, 2, 1, 2]).Weights("b", [6], RandomTensor.Floats(6, seed: 4)).Weights("m", [6], RandomTensor.Floats(6, seed: 5))
        .Weights("v", [6], [1, 2, 3, 1, 2, 3]).Node("BatchNormalization", ["d", "s", "b", "m", "v"], "n")
        .Node("Add", ["c", "n"], "a").Node("Relu", ["a"], "r")
        .Weights("map.weight", [4, 6, 1, 1], RandomTensor.Floats(24, seed: 3)).Node("Conv", ["r", "map.weight"], "map");
}
