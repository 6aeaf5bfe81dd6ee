using SparseKernels.Sparsity;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>README's example, run as it stands there.</summary>
public sealed class ReadmeExampleTests
{
    private const string Begin = "// README begins";
    private const string End = "// README ends";

    [Fact]
    public void Example_AsPrinted_Runs()
    {
        // README begins
        // 16 images of 64 channels, 28×28; 64 filters of 3×3.
        var shape = new ConvolutionShape(n: 16, c: 64, h: 28, w: 28, k: 64, r: 3, s: 3, padding: 1);
        using var plan = new ConvolutionPlan(shape);          // make once, run often, from any thread

        var (x, w, bias) = (new float[shape.InputLength], new float[shape.WeightLength], new float[shape.K]);
        var (y, dy) = (new float[shape.OutputLength], new float[shape.OutputLength]);
        var (dx, dw, dbias) = (new float[shape.InputLength], new float[shape.WeightLength], new float[shape.K]);

        plan.Forward(x, w, bias, y);                          // plain NCHW in and out
        plan.BackwardData(dy, w, dx);
        plan.BackwardWeights(x, dy, dw, dbias);

        // Each call looks at its operands and skips the zeros that save most; what it doesn't compute it needs to be told.
        plan.BackwardWeights(x, dy, dw, dbias, new SparseOperands { Weight = WeightPattern.FromWeights(shape, w) });
        Console.WriteLine(plan.Explain());                    // densities, predicted and seen times, the choice
        // README ends
        Assert.Contains("BackwardWeights: 2 calls", plan.Explain(), StringComparison.Ordinal);
        Array.Fill(x, 1);
        Array.Fill(w, 1);
        plan.Forward(x, w, bias, y);
        Assert.Equal(64 * 9, y[28 + 1]);
        Assert.Equal(64 * 4, y[0]);
    }

    [Fact]
    public void Example_InReadme_IsThisCode()
    {
        var code = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "ReadmeExampleTests.cs")).Select(line => line.Trim()).ToList();
        var expected = code.GetRange(code.IndexOf(Begin) + 1, code.IndexOf(End) - code.IndexOf(Begin) - 1);
        var readme = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "README.md")).Select(line => line.Trim()).ToList();
        var first = readme.IndexOf(expected[0]);
        Assert.True(first >= 0, $"README has no line '{expected[0]}'.");
        Assert.Equal(expected, readme.GetRange(first, expected.Count));
        Assert.Equal(["using SparseKernels;", "using SparseKernels.Sparsity;"], readme.GetRange(first - 3, 2));
    }
}
