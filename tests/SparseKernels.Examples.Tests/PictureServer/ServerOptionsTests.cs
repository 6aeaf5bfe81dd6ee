using PictureServer;
using PictureServer.Classifiers;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Examples.Tests.PictureServer;

public class ServerOptionsTests
{
    [Fact]
    public void Parse_OwnAndForeignOptions_AreToldApart()
    {
        var options = ServerOptions.Parse(["--urls", "http://x", "--workers", "3", "--onnxruntime", "--normalisation", "mean 0 0 0, deviation 1 1 1"]);
        Assert.Equal(["--urls", "http://x"], options.Others);
        Assert.Equal((3, true, 10L << 20), (options.Workers, options.UsesOnnxRuntime, options.UploadBytes));
        Assert.Equal([1f, 1f, 1f], options.Normalisation!.Deviation.ToArray());
    }

    [Theory]
    [InlineData("--workers must be a number from 1 to 1024, got '0'", "--workers", "0")]
    [InlineData("--queue must be a number from 0 to 100000, got 'many'", "--queue", "many")]
    [InlineData("--model must be followed by a value", "--model")]
    public void Parse_OutOfRange_NamesTheOption(string because, params string[] args) =>
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => ServerOptions.Parse(args)).Message, StringComparison.Ordinal);

    [Fact]
    public void Make_NoModel_SaysWhy()
    {
        using var folder = new TemporaryFolder();
        var text = Path.Combine(folder.Path, "a.onnx");
        File.WriteAllText(text, "no model");
        foreach (var engine in new[] { false, true })
            Assert.Throws<InvalidDataException>(() => ClassifierFactory.Make(new ServerOptions { Model = text, UsesOnnxRuntime = engine }));
        Assert.Throws<FileNotFoundException>(() => ClassifierFactory.Make(new ServerOptions { Model = Path.Combine(folder.Path, "b.onnx") }));
        Assert.Contains(
            "--onnxruntime needs an ONNX file",
            Assert.Throws<ArgumentException>(() => ClassifierFactory.Make(new ServerOptions { Model = "a.safetensors", UsesOnnxRuntime = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Make_WithoutModel_TrainsOneThatKnowsShapes()
    {
        using var classifier = ClassifierFactory.Make(new ServerOptions());
        var (data, image, probabilities, right) = (Training.Data.SyntheticDataSet.Create(Training.Data.DataSplit.Test, 200), new float[classifier.Input.Length], new float[10], 0);
        for (var i = 0; i < data.Count; i++)
        {
            data.CopyImage(i, image);
            classifier.Normalisation!.Apply(image);
            classifier.Classify(image, probabilities);
            if (Array.IndexOf(probabilities, probabilities.Max()) == data.Label(i)) right++;
        }

        Assert.InRange(right, 140, 200);
    }
}
