using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

/// <summary>The example of the package's README, run as it stands there.</summary>
public sealed class ReadmeExampleTests
{
    private const string Begin = "// README begins";
    private const string End = "// README ends";

    [Fact]
    public void Example_AsPrinted_Runs()
    {
        Torch.Need();

        // README begins
        var plain = Sequential(
            Conv2d(3, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), MaxPool2d(2),
            Conv2d(32, 64, 3, padding: 1), BatchNorm2d(64), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10));
        var report = SparseTorch.Convert(plain);
        var model = report.Model;
        Console.WriteLine(report);

        var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
        for (var step = 0; step < 10; step++)
        {
            using var scope = NewDisposeScope();
            var (images, labels) = (randn(8, 3, 32, 32), randint(0, 10, [8], dtype: ScalarType.Int64));
            optimizer.zero_grad();
            var loss = functional.cross_entropy(model.call(images), labels);
            loss.backward();
            optimizer.step();
            if (step == 9) Console.WriteLine($"loss {loss.item<float>():F3}");
        }

        // README ends
        Assert.Equal("0 to 9: one stretch of 10 modules", report.ToString());
        Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void Example_InReadme_IsThisCode()
    {
        string[] Lines(string file) => [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, file)).Select(line => line.Trim()).Where(line => line.Length > 0)];
        var code = Lines("ReadmeExampleTests.cs").ToList();
        var expected = code[(code.IndexOf(Begin) + 1)..code.IndexOf(End)];
        var readme = Lines("README.md").ToList();
        Assert.Equal(expected, readme.GetRange(readme.IndexOf(expected[0]), expected.Count));
    }
}
