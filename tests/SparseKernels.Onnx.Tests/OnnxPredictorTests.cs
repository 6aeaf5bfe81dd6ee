using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

public class OnnxPredictorTests
{
    private static readonly FeatureShape s_input = new(3, 32, 32);
    private static readonly OnnxImportOptions s_options = new() { Topology = ComputeTopology.FromThreads(2), Schedule = KernelSchedule.Reproducible };

    [Theory]
    [InlineData("resnet20", false)]
    [InlineData("resnet20", true)]
    [InlineData("mobilenet_v2", false)]
    public void ToPredictor_AnyCount_EqualsTheNetwork(string name, bool folded)
    {
        var model = Exported(name, folded);
        using var network = model.ToNetwork(s_options);
        using var predictor = model.ToPredictor(s_options with { Batch = 7, Layout = BlockedLayout.BatchBlocked });
        Assert.Equal((network.Name, s_input, 10), (predictor.Name, predictor.Input, predictor.Classes));
        Assert.Empty(predictor.ClassNames);
        foreach (var count in new[] { 1, 3, 16, 21 })
        {
            var images = RandomTensor.Floats(count * s_input.Length, seed: count);
            var (expected, actual) = (Imported.Predict(network, images, count), Logits(predictor, images));
            var range = expected.Max() - expected.Min();
            Assert.True(range > 1e-3, "the logits are all alike");
            Expect.Close(expected, actual, [.. expected.Select(_ => 1e-5 * range)], $"{name}, {count} images");
        }
    }

    [Fact]
    public void ToPredictor_ManyThreads_GivesTheBitsOfOne()
    {
        using var predictor = Exported("resnet20", folded: false).ToPredictor(s_options);
        var calls = Enumerable.Range(0, 12).Select(i => RandomTensor.Floats((1 + (i * 5 % 19)) * s_input.Length, seed: i)).ToArray();
        var expected = calls.Select(images => Logits(predictor, images)).ToArray();
        var wrong = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, thread =>
        {
            for (var j = 0; j < calls.Length; j++)
            {
                var i = (thread + (j * 5)) % calls.Length;
                if (!Logits(predictor, calls[i]).AsSpan().SequenceEqual(expected[i])) Interlocked.Increment(ref wrong);
            }
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void ToPredictor_Softmax_GivesItsProbabilities()
    {
        var model = new TinyModel().Input("x", 0, 2).Weights("w", [3, 2], RandomTensor.Floats(6, seed: 1)).Weights("b", [3], new float[3])
            .Node("Gemm", ["x", "w", "b"], "z", ("transB", 1)).Node("Softmax", ["z"], "y", ("axis", 1)).Output("y");
        using var predictor = Imported.Load(model.Bytes).ToPredictor();
        var images = RandomTensor.Floats(4 * 2, seed: 2);
        var probabilities = new float[4 * 3];
        predictor.PredictProbabilities(images, probabilities);
        Assert.Equal(Logits(predictor, images), probabilities);
        for (var n = 0; n < 4; n++) Assert.Equal(1, probabilities.AsSpan(n * 3, 3).ToArray().Sum(), 1e-6);
    }

    [Fact]
    public void ToPredictor_ClassNames_AreKeptAndCounted()
    {
        var model = Exported("resnet20", folded: true);
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")];
        using var predictor = model.ToPredictor(s_options, names);
        Assert.Equal(names, predictor.ClassNames);
        var refused = Assert.Throws<ArgumentException>(() => model.ToPredictor(s_options, names[..9]));
        Assert.Contains("classNames must have a name for each of the 10 classes, or none, got 9 names", refused.Message);
    }

    [Fact]
    public void ToPredictor_OpenSizes_AreAskedFor() => Assert.Contains(
        "leaves sizes of its input open",
        Assert.Throws<InvalidDataException>(() => Imported.Load(new TinyModel().Input("x", 0, 3, 0, 0).Weights("k", [6, 3, 3, 3], new float[162])
            .Node("Conv", ["x", "k"], "c").Node("GlobalAveragePool", ["c"], "y").Output("y").Bytes).ToPredictor()).Message);

    private static OnnxModel Exported(string name, bool folded)
    {
        using var network = ModelCatalogue.Create(name, s_input, 10, batch: 1);

        // As after training: what normalisation does to each channel differs.
        foreach (var tensor in network.State.Where(tensor => tensor.Name.Contains("running_", StringComparison.Ordinal)))
        {
            var numbers = RandomTensor.Floats(tensor.Values.Length, seed: 3);
            for (var i = 0; i < numbers.Length; i++) tensor.Values[i] += 0.5f * MathF.Tanh(numbers[i]);
        }

        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxExportOptions { FoldNormalisation = folded });
        file.Position = 0;
        return OnnxModel.Load(file);
    }

    private static float[] Logits(Predictor predictor, float[] images)
    {
        var logits = new float[images.Length / predictor.Input.Length * predictor.Classes];
        predictor.Predict(images, logits);
        return logits;
    }
}
