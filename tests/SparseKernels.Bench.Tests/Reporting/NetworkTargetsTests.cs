using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class NetworkTargetsTests
{
    [Theory]
    [InlineData(true, 1, 2.99, "target at least 3x: no")]
    [InlineData(true, 2, 2.99, "target at least 2x: yes")]
    [InlineData(false, 1, 1.5, "target at least 1.5x: yes")]
    [InlineData(false, 2, 1.24, "target at least 1.25x: no")]
    public void WriteSteps_Ratio_IsHeldAgainstTheTargetOfMasksAndThreads(bool masked, int threads, double ratio, string verdict)
    {
        var output = new StringWriter();
        NetworkTargets.WriteSteps([Row("step automatic, w90%", threads, ratio), Row("step reproducible", threads, ratio), Row("step dense", threads, ratio), Row("step automatic", threads, null)], masked, output);

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(verdict, line));
    }

    [Fact]
    public void WritePredictions_WithoutMasks_HasNoTarget()
    {
        var (masked, dense) = (new StringWriter(), new StringWriter());
        NetworkTargets.WritePredictions([Row("predict1 reproducible, w90%", 1, 3)], masked: true, masked);
        NetworkTargets.WritePredictions([Row("predict1 reproducible", 1, 3)], masked: false, dense);

        Assert.EndsWith("3.00x, target at least 3x: yes", masked.ToString().TrimEnd());
        Assert.Empty(dense.ToString());
    }

    [Theory]
    [InlineData("resnet18@224", 16, 1, false, 1.3)]
    [InlineData("resnet50@224", 16, 1, true, 2.5)]
    [InlineData("mobilenet_v2@224", 16, 1, true, 2.0)]
    [InlineData("mobilenet_v2@224", 16, 2, true, null)]
    [InlineData("mobilenet_v2@224", 8, 1, true, null)]
    [InlineData("mobilenet_v2@64", 16, 1, true, null)]
    public void WriteSteps_Pictures_HaveTargetsOfTheirOwn(string model, int batch, int threads, bool masked, double? target)
    {
        var output = new StringWriter();
        NetworkTargets.WriteSteps([Row("step reproducible", threads, 2.2) with { Layer = model, Batch = batch }], masked, output);

        if (target is { } least) Assert.EndsWith($": 2.20x, target at least {least:0.#}x: {(least <= 2.2 ? "yes" : "no")}", output.ToString().TrimEnd());
        else Assert.Empty(output.ToString());
    }

    [Fact]
    public void OverOnnxRuntime_OnePictureOnOneThread_DependsOnMasks()
    {
        Assert.Equal(0.9, NetworkTargets.OverOnnxRuntime("resnet50@224", batch: 1, threads: 1, masked: false));
        Assert.Equal(1.5, NetworkTargets.OverOnnxRuntime("mobilenet_v2@224", batch: 1, threads: 1, masked: true));
        Assert.Null(NetworkTargets.OverOnnxRuntime("mobilenet_v2@224", batch: 2, threads: 1, masked: true));
        Assert.Null(NetworkTargets.OverOnnxRuntime("mobilenet_v2@224", batch: 1, threads: 2, masked: true));
        Assert.Null(NetworkTargets.OverOnnxRuntime("resnet20", batch: 1, threads: 1, masked: true));
    }

    private static RatioRow Row(string pass, int threads, double? ratio) =>
        new("resnet20", pass, 64, threads, "avx2", 1, ratio, ratio, 80, 100, 0.8);
}
