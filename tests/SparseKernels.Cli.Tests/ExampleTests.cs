using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace SparseKernels.Cli.Tests;

public class ExampleTests
{
    [Fact]
    public void PruneYourOwnLoop_FindsTheWeightsThatMatter()
    {
        var program = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "PruneYourOwnLoop.dll"));
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

        Assert.Contains("step 100: loss", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("100 of the 100 weights that matter are among the 100 left.", text.ToString(), StringComparison.Ordinal);
        Assert.InRange(double.Parse(Regex.Match(text.ToString(), @"step 600: loss (\S+), 90\.2 % pruned").Groups[1].Value), 0, 1e-4);
    }
}
