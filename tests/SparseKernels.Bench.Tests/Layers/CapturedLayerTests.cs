using System.Text.Json;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Layers;
using SparseKernels.Tensors;
using SparseKernels.Training.Capture;
using Xunit;

namespace SparseKernels.Bench.Tests.Layers;

public sealed class CapturedLayerTests : IDisposable
{
    private static readonly ConvolutionShape s_shape = new(3, 20, 5, 4, 17, 3, 3, padding: 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("captured").FullName;
    private readonly float[] _x = Draw(s_shape.InputLength, 0.4, seed: 1), _dy = Draw(s_shape.OutputLength, 0.7, seed: 2);

    public CapturedLayerTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "epoch-001"));
        using var x = new BlockedTensor(s_shape.N, s_shape.C, s_shape.H, s_shape.W);
        using var dy = new BlockedTensor(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        x.CopyFromNchw(_x);
        dy.CopyFromNchw(_dy);
        foreach (var name in new[] { "b", "a" })
            PatternFile.Write(Path.Combine(_folder, "epoch-001", $"{name}.patterns"), ConvolutionPatterns.Of(name, 1, 0, s_shape, x, dy));
    }

    [Fact]
    public void ReadAll_TwoImagesOfThree_KeepsTheirBits()
    {
        var layers = CapturedLayer.ReadAll(_folder, batch: 2, choice: null);

        Assert.Equal(["epoch-001/a", "epoch-001/b"], layers.Select(layer => layer.Name));
        Assert.Equal(s_shape.WithBatch(2), layers[0].Shape);
        var expected = _x.Take(layers[0].Shape.InputLength).Select(value => value != 0).ToArray();
        Assert.Equal(expected, layers[0].Input);
        Assert.Equal(expected, layers[0].InputMask);
        Assert.Equal(_dy.Take(layers[0].Shape.OutputLength).Select(value => value != 0), layers[0].OutputGradient);
        Assert.Equal(s_shape, Assert.Single(CapturedLayer.ReadAll(_folder, batch: 16, choice: "/b")).Shape);
    }

    [Fact]
    public void Run_Captured_ReportsTheDensitiesOfTheFiles()
    {
        var json = Path.Combine(_folder, "rows.json");
        var (output, error) = (new StringWriter(), new StringWriter());

        var exit = BenchProgram.Run(
            ["ratios", "sparse", "--captured", _folder, "--layers", "/a", "--batch", "3", "--seconds", "0.001", "--coarse", "0.5", "--json", json], output, error);

        Assert.True(exit == 0, error.ToString());
        using var parsed = JsonDocument.Parse(File.ReadAllText(json));
        var rows = parsed.RootElement.EnumerateArray().ToDictionary(
            row => (Enum.Parse<ConvolutionPass>(row.GetProperty("pass").GetString()!), row.GetProperty("cell").GetString()!));
        Assert.Equal(7, rows.Count);
        var (x, dy) = (_x.Count(value => value != 0) / (double)_x.Length, _dy.Count(value => value != 0) / (double)_dy.Length);
        Assert.Equal(x, rows[(ConvolutionPass.Forward, "InputWeight")].GetProperty("fine_density").GetDouble(), 9);
        Assert.Equal(0.5, rows[(ConvolutionPass.Forward, "InputWeight")].GetProperty("coarse_density").GetDouble(), 1);
        Assert.Equal(dy, rows[(ConvolutionPass.BackwardData, "OutputInput")].GetProperty("fine_density").GetDouble(), 9);
        Assert.Equal(x, rows[(ConvolutionPass.BackwardData, "OutputInput")].GetProperty("coarse_density").GetDouble(), 9);
        Assert.Equal(dy, rows[(ConvolutionPass.BackwardWeights, "InputOutput")].GetProperty("coarse_density").GetDouble(), 9);
        Assert.Contains("geometric means over all layers", output.ToString());
    }

    [Fact]
    public void ReadAll_DamagedFile_NamesIt()
    {
        File.WriteAllText(Path.Combine(_folder, "epoch-001", "a.patterns"), "nothing of the kind");

        Assert.Contains("a.patterns", Assert.Throws<InvalidDataException>(() => CapturedLayer.ReadAll(_folder, 16, null)).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static float[] Draw(int length, double density, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < density ? 1f : 0f)];
    }
}
