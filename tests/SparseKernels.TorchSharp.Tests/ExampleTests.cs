using System.Reflection;
using System.Text.RegularExpressions;
using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;

namespace SparseKernels.TorchSharp.Tests;

[Collection(SoloCollection.Name)]
public class ExampleTests
{
    [Fact]
    public void ConvertYourTorchModel_ConvertsAndLearns()
    {
        var text = Run("ConvertYourTorchModel");
        Assert.Contains("_features.0 to _features.8: one stretch of 9 modules", text, StringComparison.Ordinal);
        Assert.Contains("_classifier: one stretch of 1 modules", text, StringComparison.Ordinal);
        Assert.InRange(int.Parse(Regex.Match(text, @"(\d+) of 200 right").Groups[1].Value), 190, 200);
    }

    [Fact]
    public void PruneYourTorchModel_PrunesAndLearns()
    {
        var text = Run("PruneYourTorchModel");
        Assert.InRange(int.Parse(Regex.Match(text, @"(\d+) of 200 right").Groups[1].Value), 190, 200);
        Assert.InRange(Regex.Matches(text, @"\.weight: (\d+\.\d) % zeros").Average(match => double.Parse(match.Groups[1].Value)), 80, 95);
    }

    private static string Run(string example)
    {
        Torch.Need();
        var program = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{example}.dll"));
        var (screen, text) = (Console.Out, new StringWriter());
        Console.SetOut(text);
        try
        {
            program.EntryPoint!.Invoke(null, program.EntryPoint.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(screen);
        }

        return text.ToString();
    }
}
