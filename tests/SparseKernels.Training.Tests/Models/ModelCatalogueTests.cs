using SparseKernels.TestSupport;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Models;

public class ModelCatalogueTests
{
    /// <summary>Parameters at 1000 classes.</summary>
    public static TheoryData<string, int> Documented
    {
        get
        {
            var data = new TheoryData<string, int> { { "mobilenet_v2", 3_504_872 }, { "squeezenet1_1", 1_235_496 } };
            if (TestScale.IsSmall) return data;
            data.Add("resnet18", 11_689_512);
            data.Add("resnet34", 21_797_672);
            data.Add("resnet50", 25_557_032);
            data.Add("densenet121", 7_978_856);
            return data;
        }
    }

    /// <summary>Weights and the variances of their first values; emulation would draw those of the large models for minutes.</summary>
    public static TheoryData<string, string[], double[]> Filled
    {
        get
        {
            var data = new TheoryData<string, string[], double[]>
            {
                { "mobilenet_v2", ["features.17.conv.1.0.weight", "classifier.1.weight"], [2.0 / (960 * 9), 0.0001] },
                { "squeezenet1_1", ["features.12.expand3x3.weight", "classifier.1.weight"], [2.0 / (64 * 9), 0.0001] },
            };
            if (TestScale.IsSmall) return data;
            data.Add("resnet50", ["layer4.0.conv3.weight"], [2.0 / 2048]);
            data.Add("vgg11_bn", ["features.25.weight"], [2.0 / (512 * 9)]);
            data.Add("densenet121", ["features.denseblock4.denselayer16.conv1.weight", "classifier.weight"], [2.0 / 992, 1.0 / (3 * 1024)]);
            return data;
        }
    }

    [Theory]
    [InlineData("vgg-small", 3, 32, 1_148_874, 67_832_320L)]
    [InlineData("resnet20", 3, 32, 272_474, 40_813_184L)]
    [InlineData("lenet", 1, 28, 61_706, 416_520L)]
    public void Create_KnownModel_HasTheParametersAndWorkOfItsDefinition(
        string name, int channels, int size, int parameters, long multiplyAdds)
    {
        using var network = ModelCatalogue.Create(name, new FeatureShape(channels, size, size), 10, batch: 2);
        Assert.Equal(parameters, network.Parameters.Sum(parameter => parameter.Value.Length));
        Assert.Equal(multiplyAdds, network.MultiplyAddsPerImage);
        Assert.Equal((name, 10, 2), (network.Name, network.Classes, network.Batch));
    }

    [Fact]
    public void Create_ResNet20_UsesTorchvisionsNames()
    {
        using var network = ModelCatalogue.Create("resnet20", new FeatureShape(3, 32, 32), 10, batch: 1);
        var shapes = network.State.ToDictionary(tensor => tensor.Name, tensor => string.Join(' ', tensor.Shape));
        Assert.Equal("16 3 3 3", shapes["conv1.weight"]);
        Assert.Equal("16", shapes["bn1.running_mean"]);
        Assert.Equal("16 16 3 3", shapes["layer1.2.conv2.weight"]);
        Assert.Equal("32 16 1 1", shapes["layer2.0.downsample.0.weight"]);
        Assert.Equal("32", shapes["layer2.0.downsample.1.running_var"]);
        Assert.Equal("64", shapes["layer3.2.bn2.bias"]);
        Assert.Equal("10 64", shapes["fc.weight"]);
        Assert.DoesNotContain("layer1.0.downsample.0.weight", shapes.Keys);
    }

    [Fact]
    public void Create_VggSmall_NumbersFeaturesAsASequenceWithReLU()
    {
        using var network = ModelCatalogue.Create("vgg-small", new FeatureShape(3, 32, 32), 10, batch: 1);
        string[] convolutions = ["features.0", "features.4", "features.7", "features.11", "features.14", "features.18"];
        Assert.Equal(
            convolutions.Select(name => $"{name}.weight"),
            network.Parameters.Where(parameter => parameter.Shape.Length == 4).Select(parameter => parameter.Name));
        Assert.Contains(network.State, tensor => tensor.Name == "features.19.running_var" && tensor.Shape is [256]);
        Assert.Contains(network.Parameters, parameter => parameter.Name == "classifier.weight" && parameter.Shape is [10, 256]);
    }

    /// <summary>The numbers that torchvision's documentation gives for 1000 classes.</summary>
    [Theory]
    [MemberData(nameof(Documented))]
    public void Create_TorchvisionsName_HasTheParametersOfItsDocumentation(string name, int parameters)
    {
        using var network = ModelCatalogue.Create(name, new FeatureShape(3, 32, 48), 1000, batch: 1);
        Assert.Equal(parameters, network.Parameters.Sum(parameter => parameter.Value.Length));
        Assert.Equal(1000, network.Classes);
    }

    /// <summary>Deviations of torchvision's own definitions; a uniform one's is its bound over √3.</summary>
    [Theory]
    [MemberData(nameof(Filled))]
    public void Create_TorchvisionsName_StartsFromItsVariances(string name, string[] weights, double[] variances)
    {
        using var network = ModelCatalogue.Create(name, new FeatureShape(3, 32, 32), 10, batch: 1);
        foreach (var (weight, variance) in weights.Zip(variances))
        {
            var values = network.Parameters.Single(parameter => parameter.Name == weight).Value;
            Assert.Equal(1, values.Average(value => (double)value * value) / variance, 0.07);
        }

        var biases = network.Parameters.Where(parameter => parameter.Name.EndsWith(".bias", StringComparison.Ordinal) && !parameter.Name.StartsWith("fc", StringComparison.Ordinal));
        Assert.All(biases, bias => Assert.Equal(-1, bias.Value.AsSpan().IndexOfAnyExcept(0)));
    }

    [Theory]
    [InlineData("vgg-small", 7)]
    [InlineData("lenet", 11)]
    [InlineData("vgg11_bn", 31)]
    [InlineData("vgg16_bn", 31)]
    [InlineData("squeezenet1_1", 16)]
    [InlineData("densenet121", 28)]
    public void Create_ImageTooSmall_ThrowsNamingIt(string name, int size)
    {
        var message = Assert.Throws<ArgumentException>("input", () => ModelCatalogue.Create(name, new FeatureShape(3, size, 32), 10, 1)).Message;
        Assert.Contains($"[3, {size}, 32]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_UnknownName_ListsTheKnown()
    {
        var message = Assert.Throws<ArgumentException>("name", () => ModelCatalogue.Create("vgg", new FeatureShape(3, 32, 32), 10, 1)).Message;
        Assert.Contains("vgg-small, resnet20, lenet", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_SizesUnderOne_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("input", () => ModelCatalogue.Create("lenet", new FeatureShape(0, 28, 28), 10, 1));
        Assert.Throws<ArgumentOutOfRangeException>("classes", () => ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>("batch", () => ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), 10, 0));
    }
}
