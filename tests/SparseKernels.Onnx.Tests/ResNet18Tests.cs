using Google.Protobuf;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>ML.NET's ResNet-18, opset 8, batch normalisation apart, asymmetric padding: a file that nobody here made.</summary>
public sealed class ResNet18Tests
{
    private static readonly FeatureShape s_image = new(3, 224, 224);

    [Fact]
    public void ToNetwork_OneImage_GivesOnnxRuntimesFeatures() => Imported.ExpectSameAsRuntime(RealModels.ResNet18(), s_image, images: 1);

    [Fact]
    public void ToNetwork_NineTenthsOfTheWeightsMasked_GivesOnnxRuntimesFeatures() =>
        Imported.ExpectSameAsRuntime(RealModels.Masked(RealModels.ResNet18(), zeros: 0.9).ToByteArray(), s_image, images: 1);

    [Fact]
    public void ToNetwork_SmallerImages_TakesTheMeanOverAllOfTheImageStill()
    {
        // The file says 224×224, and a window of 7×7 at the end, which is the image there.
        var model = ModelProto.Parser.ParseFrom(RealModels.ResNet18());
        foreach (var value in model.Graph.Input.Concat(model.Graph.Output).Where(value => value.Type.TensorType.Shape.Dim.Count == 4))
            value.Type.TensorType.Shape = null;
        var pool = model.Graph.Node.Single(node => node.OpType == "AveragePool");
        pool.OpType = "GlobalAveragePool";
        pool.Attribute.Clear();
        var (input, images) = (new FeatureShape(3, 96, 64), 3);
        var x = RandomTensor.Floats(images * input.Length, seed: 5);
        var expected = OnnxRuntime.Run(model.ToByteArray(), x, [images, 3, 96, 64]);
        using var network = Imported.Load(RealModels.ResNet18()).ToNetwork(new OnnxImportOptions { Input = input });
        Imported.ExpectClose(expected, Imported.Predict(network, x, images), "features");
    }

    [Fact]
    public void ToNetwork_Model_HasItsNormalisationApart()
    {
        var model = Imported.Load(RealModels.ResNet18());
        Assert.False(model.IsNormalisationFolded);
        Assert.Equal(8, model.Opset);
        using var network = model.ToNetwork(new OnnxImportOptions { Input = new FeatureShape(3, 64, 64), Classes = 10, Batch = 2 });
        Assert.Equal(10, network.Classes);
        var images = RandomTensor.Floats(2 * network.Input.Length, seed: 1);
        Assert.True(double.IsFinite(network.ComputeGradients(images, [3, 7]).Loss));
        Assert.All(network.Parameters, parameter => Assert.Contains(parameter.Gradient, gradient => gradient != 0));
    }

    [Fact]
    public void Export_ImportedNetwork_GivesTheSameFeaturesInOnnxRuntime()
    {
        var original = RealModels.ResNet18();
        using var network = Imported.Load(original).ToNetwork();
        var x = RandomTensor.Floats(s_image.Length, seed: 2);
        var expected = OnnxRuntime.Run(original, x, [1, 3, 224, 224]);
        foreach (var fold in new[] { false, true })
        {
            using var stream = new MemoryStream();
            OnnxExport.Write(network, stream, new OnnxExportOptions { FoldNormalisation = fold });
            Imported.ExpectClose(expected, OnnxRuntime.Run(stream.ToArray(), x, [1, 3, 224, 224]), $"folded: {fold}");
        }
    }
}
