using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>What is written runs in ONNX Runtime with our outputs, and is read again as the same network.</summary>
public sealed class OnnxExportTests
{
    private static readonly FeatureShape s_input = new(3, 9, 8);

    /// <summary>What stands between a convolution of 6 channels and a mean over the image.</summary>
    private static readonly Dictionary<string, Func<GraphBuilder, GraphNode, GraphNode>> s_cases = new()
    {
        ["conv"] = (g, x) => g.Add(new Conv2d("l", 6, 8, new Size2D(3, 2), new Size2D(2, 1), new Padding2D(1, 0, 0, 1), new Size2D(1, 2), groups: 2), x),
        ["conv transposed"] = (g, x) => g.Add(new ConvTranspose2d("l", 6, 4, 3, 2, 1, 1), x),
        ["batch normalisation"] = (g, x) => g.Add(new BatchNorm2d("l", 6, epsilon: 1e-3f), x),
        ["batch normalisation relu"] = (g, x) => g.Add(new BatchNorm2d("l", 6, relu: true), x),
        ["batch normalisation of two"] = (g, x) => g.Add(new BatchNorm2d("l", 6, relu: true), g.Add(new Conv2d("m", 6, 6, 1, bias: false), x), x),
        ["batch normalisation read twice"] = (g, x) => g.Add(new Add("s"), x, g.Add(new BatchNorm2d("l", 6), x)),
        ["batch normalisation pooled"] = (g, x) => g.Add(new PooledBatchNorm2d("l", 6), x),
        ["group normalisation"] = (g, x) => g.Add(new GroupNorm("l", 3, 6), x),
        ["group normalisation, plain"] = (g, x) => g.Add(new GroupNorm("l", 2, 6, affine: false), x),
        ["relu"] = (g, x) => g.Add(new Relu("l"), x),
        ["relu6"] = (g, x) => g.Add(new Relu6("l"), x),
        ["clip"] = (g, x) => g.Add(new Clip("l", -0.3f, 0.2f), x),
        ["clip above"] = (g, x) => g.Add(new Clip("l", float.NegativeInfinity, 0.2f), x),
        ["leaky relu"] = (g, x) => g.Add(new LeakyRelu("l", 0.3f), x),
        ["sigmoid"] = (g, x) => g.Add(new Sigmoid("l"), x),
        ["hard sigmoid"] = (g, x) => g.Add(new HardSigmoid("l"), x),
        ["hard swish"] = (g, x) => g.Add(new HardSwish("l"), x),
        ["silu"] = (g, x) => g.Add(new Silu("l"), x),
        ["softmax"] = (g, x) => g.Add(new Softmax("l"), x),
        ["dropout"] = (g, x) => g.Add(new Relu("m"), g.Add(new Dropout("l", 0.4f), x)),
        ["max pool"] = (g, x) => g.Add(new MaxPool2d("l", 3, 2, new Padding2D(1, 0, 0, 1), ceilMode: true), x),
        ["max pool dilated"] = (g, x) => g.Add(new MaxPool2d("l", 2, 1, dilation: 2), x),
        ["average pool"] = (g, x) => g.Add(new AvgPool2d("l", 3, 2, 1), x),
        ["average pool, padding left out"] = (g, x) => g.Add(new AvgPool2d("l", 3, 2, 1, countIncludePadding: false), x),
        ["adaptive pool"] = (g, x) => g.Add(new AdaptiveAvgPool2d("l", new Size2D(3, 2)), x),
        ["sum of three"] = (g, x) => g.Add(new Add("l", relu: true), x, g.Add(new Sigmoid("m"), x), g.Add(new Silu("n"), x)),
        ["squeeze and excite"] = (g, x) => g.Add(new Multiply("l"), x,
            g.Add(new HardSigmoid("m"), g.Add(new Conv2d("n", 6, 6, 1), g.Add(new AvgPool2d("o"), x)))),
        ["scale by a linear layer"] = (g, x) => g.Add(new Multiply("l"), x, g.Add(new Linear("n", new FeatureShape(6, 1, 1), 6), g.Add(new AvgPool2d("o"), x))),
        ["concat"] = (g, x) => g.Add(new Concat("l"), x, g.Add(new Sigmoid("m"), x)),
        ["flatten"] = (g, x) => g.Add(new Relu("m"), g.Add(new Flatten("l"), x)),
        ["conv behind a linear layer"] = (g, x) => g.Add(new Conv2d("l", 5, 7, 1), g.Add(new Linear("m", new FeatureShape(6, 9, 8), 5), x)),
        ["nearest"] = (g, x) => g.Add(Upsample2d.ByScale("l", 2, 3), x),
        ["bilinear"] = (g, x) => g.Add(Upsample2d.ToSize("l", new Size2D(18, 16), UpsampleMode.Bilinear), x),
        ["bilinear, corners aligned"] = (g, x) => g.Add(Upsample2d.ToSize("l", new Size2D(18, 12), UpsampleMode.BilinearAlignedCorners), x),
        ["pad"] = (g, x) => g.Add(new Pad2d("l", new Padding2D(1, 2, 3, 0), value: 0.5f), x),
        ["pad reflect"] = (g, x) => g.Add(new Pad2d("l", new Padding2D(1, 2, 3, 0), PadMode.Reflect), x),
        ["pad replicate"] = (g, x) => g.Add(new Pad2d("l", new Padding2D(1, 2, 3, 0), PadMode.Replicate), x),
    };

    public static IEnumerable<TheoryDataRow<string>> Cases => s_cases.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Cases))]
    public void Write_EachLayer_RunsInOnnxRuntimeAndComesBack(string name)
    {
        using var network = Network(s_cases[name]);
        foreach (var fold in new[] { false, true }) ExpectSame(network, new OnnxExportOptions { FoldNormalisation = fold });
    }

    [Theory]
    [InlineData("vgg-small")]
    [InlineData("resnet20")]
    [InlineData("lenet")]
    public void Write_EachModel_RunsInOnnxRuntimeAndComesBackWithItsNames(string name)
    {
        using var network = ModelCatalogue.Create(name, new FeatureShape(3, 32, 32), 10, batch: 2, seed: 4);
        Vary(network);
        ExpectSame(network, new OnnxExportOptions());
        ExpectSame(network, new OnnxExportOptions { FoldNormalisation = true });
        using var again = Imported.Load(Bytes(network)).ToNetwork();
        Assert.Equal(network.State.Select(tensor => tensor.Name).Order(), again.State.Select(tensor => tensor.Name).Order());
        Assert.All(network.State, tensor => Assert.Equal(tensor.Values, again.State.Single(other => other.Name == tensor.Name).Values));
    }

    [Fact]
    public void Write_Metadata_IsReadAgain()
    {
        using var network = ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), classes: 10, batch: 1);
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxExportOptions { Metadata = new Dictionary<string, string> { ["author"] = "Ä", ["empty"] = "" } });
        file.Position = 0;
        Assert.Equal([new("author", "Ä"), new("empty", "")], OnnxModel.Load(file).Metadata);
    }

    [Fact]
    public void Write_Folded_HasNoNormalisationLeft()
    {
        using var network = ModelCatalogue.Create("resnet20", new FeatureShape(3, 32, 32), 10, batch: 1);
        var (apart, folded) = (Imported.Load(Bytes(network)), Imported.Load(Bytes(network, new() { FoldNormalisation = true })));
        Assert.Equal(21, apart.Operators["BatchNormalization"]);
        Assert.False(apart.IsNormalisationFolded);
        Assert.False(folded.Operators.ContainsKey("BatchNormalization"));
        Assert.True(folded.IsNormalisationFolded);
    }

    [Fact]
    public void Write_SparseInitialisers_AreSmallerAndGiveTheSame()
    {
        using var network = ModelCatalogue.Create("lenet", new FeatureShape(3, 32, 32), 10, batch: 1, seed: 4);
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Shape.Length > 1))
        {
            for (var i = 0; i < parameter.Value.Length; i++) parameter.Value[i] *= i % 10 == 3 ? 1 : 0;
        }

        network.Touch();
        var options = new OnnxExportOptions { SparseInitialisers = true };
        Assert.True(Bytes(network, options).Length < Bytes(network).Length / 2);
        Assert.NotEmpty(ModelProto.Parser.ParseFrom(Bytes(network, options)).Graph.SparseInitializer);
        ExpectSame(network, options);
    }

    [Theory]
    [InlineData(null, "input FLOAT [batch, 3, 9, 8]", "output FLOAT [batch, 6]")]
    [InlineData(7, "input FLOAT [7, 3, 9, 8]", "output FLOAT [7, 6]")]
    public void Write_Batch_IsOpenUnlessGiven(int? batch, string input, string output)
    {
        using var network = Network((_, x) => x);
        var model = Imported.Load(Bytes(network, new() { Batch = batch }));
        Assert.Equal([input, output], [model.Inputs.Single().ToString(), model.Outputs.Single().ToString()]);
    }

    [Fact]
    public void Save_File_IsReadByPath()
    {
        using var folder = new TemporaryFolder();
        using var network = Network((_, x) => x);
        OnnxExport.Save(network, folder.File("net.onnx"));
        using var again = OnnxModel.Load(folder.File("net.onnx")).ToNetwork();
        var x = RandomTensor.Floats(s_input.Length, seed: 1);
        Expect.Equal(Imported.Predict(network, x, 1), Imported.Predict(again, x, 1), "read again");
        Assert.Equal(["net.onnx"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Save_LayerWithoutAnOperator_IsRefusedBeforeAnythingIsWritten()
    {
        using var folder = new TemporaryFolder();
        using var network = Network((g, x) => g.Add(new AdaptiveAvgPool2d("odd", new Size2D(5, 3)), x));
        var refused = Assert.Throws<ArgumentException>(() => OnnxExport.Save(network, folder.File("net.onnx")));
        Assert.Contains("odd of network can't be written: ONNX has windows of one size only, which make no 5x3 of 9x8", refused.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Save_BadArguments_AreRefused()
    {
        using var network = Network((_, x) => x);
        Assert.Throws<ArgumentNullException>(() => OnnxExport.Save(null!, "x"));
        Assert.Throws<ArgumentException>(() => OnnxExport.Save(network, ""));
        Assert.Throws<ArgumentNullException>(() => OnnxExport.Write(network, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bytes(network, new() { Batch = 0 }));
    }

    private static Network Network(Func<GraphBuilder, GraphNode, GraphNode> middle)
    {
        var graph = new GraphBuilder();
        var stem = graph.Add(new Conv2d("stem", 3, 6, 1), graph.Input(s_input));
        var network = Training.Networks.Network.FromGraph("net", graph.Build(graph.Add(new AvgPool2d("mean"), middle(graph, stem))), batch: 2, seed: 6);
        Vary(network);
        return network;
    }

    /// <summary>Makes running statistics that differ from their first values.</summary>
    private static void Vary(Network network)
    {
        var seed = 0;
        foreach (var tensor in network.State.Where(tensor => tensor.Shape.Length == 1))
        {
            var values = RandomTensor.Floats(tensor.Values.Length, seed: ++seed);
            for (var i = 0; i < values.Length; i++)
                tensor.Values[i] = tensor.Name.EndsWith("running_var", StringComparison.Ordinal) ? 1.5f + values[i] : values[i];
        }

        network.Touch();
    }

    private static byte[] Bytes(Network network, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        OnnxExport.Write(network, stream, options);
        return stream.ToArray();
    }

    private static void ExpectSame(Network network, OnnxExportOptions options)
    {
        const int Images = 3;
        var (bytes, x) = (Bytes(network, options), RandomTensor.Floats(Images * network.Input.Length, seed: 8));
        var ours = Imported.Predict(network, x, Images);
        Imported.ExpectClose(
            ours, OnnxRuntime.Run(bytes, x, [Images, network.Input.Channels, network.Input.Height, network.Input.Width]), $"ONNX Runtime, {options}");
        using var again = Imported.Load(bytes).ToNetwork();
        Imported.ExpectClose(ours, Imported.Predict(again, x, Images), $"read again, {options}");
    }
}
