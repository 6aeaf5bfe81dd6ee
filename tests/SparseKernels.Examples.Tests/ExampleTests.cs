using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using SparseKernels.Images.Tests.Support;
using SparseKernels.Onnx;
using SparseKernels.TestSupport;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Examples.Tests;

/// <summary>Programs as a user runs them; what they print is caught, so nothing else may print meanwhile.</summary>
[Collection(SoloCollection.Name)]
public class ExampleTests
{
    [Fact]
    public void PruneYourOwnLoop_FindsTheWeightsThatMatter()
    {
        var text = Run("PruneYourOwnLoop");
        Assert.Contains("step 100: loss", text, StringComparison.Ordinal);
        Assert.Contains("100 of the 100 weights that matter are among the 100 left.", text, StringComparison.Ordinal);
        Assert.InRange(double.Parse(Regex.Match(text, @"step 600: loss (\S+), 90\.2 % pruned").Groups[1].Value), 0, 1e-4);
    }

    [Fact]
    public void DistributeYourOwnLoop_Alone_PrunesAndSendsLess()
    {
        var text = Run("DistributeYourOwnLoop");
        var steps = Regex.Matches(text, @"step \d+: loss (\S+), (\S+) % pruned, (\d+) bytes a step");
        Assert.Equal(3, steps.Count);
        Assert.InRange(Number(steps[2], 2), 94.9, 95.1);
        Assert.True(Number(steps[2], 3) < 0.15 * Number(steps[0], 3), text);
        Assert.True(Number(steps[2], 1) < 2.31, text);
    }

    [Fact]
    public void YourOwnLayer_LearnsAndKeepsItsParameters() => Assert.Equal(
        "32 of 32 right, with conv.weight, conv.bias, gn.weight, gn.bias, fc.weight, fc.bias", Run("YourOwnLayer").TrimEnd());

    [Fact]
    public void FineTuneYourPhotos_WithoutArguments_PrunesWhatItMadeUp()
    {
        using var folder = new TemporaryFolder();
        var output = Path.Combine(folder.Path, "shapes.onnx");
        var text = Run("FineTuneYourPhotos", output);
        Assert.Contains("new head: fc3.weight, fc3.bias", text, StringComparison.Ordinal);
        Assert.Contains("2 of 10 parameters are frozen", text, StringComparison.Ordinal);
        var last = Regex.Match(text, @"epoch 20: (\S+) % of the test pictures right, (\S+) % of the weights pruned");
        Assert.InRange(Number(last, 1), 60, 100); // Of 120 pictures in three classes.
        Assert.InRange(Number(last, 2), 60, 95);
        Assert.Contains("for disc, ring, square", text, StringComparison.Ordinal);
        ExpectModel(output, new FeatureShape(3, 32, 32), 3, leastZeros: 0.5);
    }

    [Fact]
    public void FineTuneYourPhotos_OwnPhotosAndOnnxModel_MakesAHeadForTheirClasses()
    {
        using var folder = Photographs.Folder(20, "cats", "dogs");
        var (output, weights) = (Path.Combine(folder.Path, "own.onnx"), Path.Combine(folder.Path, "pretrained.onnx"));
        using (var network = ModelCatalogue.Create("lenet", new FeatureShape(3, 32, 32), classes: 7, batch: 1, seed: 1)) OnnxExport.Save(network, weights);
        var text = Run("FineTuneYourPhotos", output, folder.Path, weights, "32");
        Assert.Contains("2 of 10 parameters are frozen", text, StringComparison.Ordinal);
        Assert.InRange(Number(Regex.Match(text, @"epoch 20: (\S+) %"), 1), 80, 100); // Red and green.
        ExpectModel(output, new FeatureShape(3, 32, 32), 2, leastZeros: 0.01);

        // What was frozen is as it came.
        using var before = OnnxModel.Load(weights).ToNetwork();
        using var after = OnnxModel.Load(output).ToNetwork();
        Assert.Equal(before.Parameters.Single(parameter => parameter.Name == "conv1.weight").Value, after.Parameters.Single(parameter => parameter.Name == "conv1.weight").Value);
        Assert.NotEqual(before.Parameters.Single(parameter => parameter.Name == "fc1.weight").Value, after.Parameters.Single(parameter => parameter.Name == "fc1.weight").Value);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static void ExpectModel(string path, FeatureShape input, int classes, double leastZeros)
    {
        using var network = OnnxModel.Load(path).ToNetwork();
        Assert.Equal((input, classes), (network.Input, network.Classes));
        var weights = network.Parameters.Where(parameter => parameter.Shape.Length > 1).SelectMany(parameter => parameter.Value).ToArray();
        Assert.InRange(weights.Count(weight => weight == 0) / (double)weights.Length, leastZeros, 0.99);
    }

    private static string Run(string example, params string[] arguments)
    {
        var program = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{example}.dll"));
        var (screen, text) = (Console.Out, new StringWriter());
        Console.SetOut(text);
        try
        {
            program.EntryPoint!.Invoke(null, [arguments]);
        }
        finally
        {
            Console.SetOut(screen);
        }

        return text.ToString();
    }
}
