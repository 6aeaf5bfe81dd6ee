using System.Reflection;
using System.Text.RegularExpressions;
using SparseKernels.TestSupport;
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
    public void YourOwnLayer_LearnsAndKeepsItsParameters() => Assert.Equal(
        "32 of 32 right, with conv.weight, conv.bias, gn.weight, gn.bias, fc.weight, fc.bias", Run("YourOwnLayer").TrimEnd());

    private static string Run(string example)
    {
        var program = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{example}.dll"));
        var (screen, text) = (Console.Out, new StringWriter());
        Console.SetOut(text);
        try
        {
            program.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(screen);
        }

        return text.ToString();
    }
}
