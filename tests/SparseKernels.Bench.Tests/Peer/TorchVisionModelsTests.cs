using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Isa;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Tests.Peer;

/// <summary>
/// Our models of torchvision's names are torchvision's. Gradients are compared with normalisation's biases far from 0, so that no element is at
/// the edge of a ReLU; densenet121 trains on 8 images, so that its last block normalises over more than a few pixels.
/// </summary>
public sealed class TorchVisionModelsTests
{
    public static TheoryData<string> Names { get; } = [.. TorchVisionModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void State_EveryModel_HasTheirNamesAndShapes(string name)
    {
        SkipWithoutTorch();
        using var theirs = TorchVisionModels.Create(name, classes: 5);
        using var ours = ModelCatalogue.Create(name, new FeatureShape(3, 64, 64), 5, batch: 1);

        Assert.Equal(
            theirs.state_dict().Where(IsRead).Select(pair => $"{pair.Key} {string.Join(' ', pair.Value.shape)}").Order(StringComparer.Ordinal),
            ours.State.Select(tensor => $"{tensor.Name} {string.Join(' ', tensor.Shape)}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("resnet18", 64, 4)]
    [InlineData("resnet34", 64, 4)]
    [InlineData("resnet50", 64, 4)]
    [InlineData("vgg11_bn", 32, 4)]
    [InlineData("vgg16_bn", 32, 4)]
    [InlineData("mobilenet_v2", 64, 4)]
    [InlineData("squeezenet1_1", 17, 2)]
    [InlineData("squeezenet1_1", 65, 2)]
    [InlineData("densenet121", 64, 8)]
    public void ComputeGradients_Training_AreTheirs(string name, int size, int batch)
    {
        SkipWithoutTorch();
        using var pair = new TorchVisionPair(name, size, batch);
        pair.CopyState();
        pair.Train(true);

        var (loss, _) = pair.Backward();
        var result = pair.Ours.ComputeGradients(pair.Images, pair.Labels);

        Assert.Equal(1, result.Loss / loss, 1e-4);
        pair.GradientsAreEqual();
        pair.StatisticsAreEqual();
    }

    [Theory]
    [InlineData("resnet18", 64, 4)]
    [InlineData("resnet34", 64, 4)]
    [InlineData("resnet50", 64, 4)]
    [InlineData("vgg11_bn", 32, 4)]
    [InlineData("vgg16_bn", 32, 4)]
    [InlineData("mobilenet_v2", 64, 4)]
    [InlineData("squeezenet1_1", 65, 2)]
    [InlineData("densenet121", 64, 4)]
    public void Predict_RunningStatistics_LogitsAndGradientsAreTheirs(string name, int size, int batch)
    {
        SkipWithoutTorch();
        using var pair = new TorchVisionPair(name, size, batch);

        // Where weight and bias are frozen training uses the running statistics too.
        pair.TakeStatistics();
        var normalisations = pair.Ours.State
            .Where(tensor => tensor.Name.EndsWith(".running_mean", StringComparison.Ordinal))
            .Select(tensor => tensor.Name[..^".running_mean".Length]);
        foreach (var normalisation in normalisations) Assert.Equal(2, pair.Ours.Freeze(normalisation));
        pair.CopyState();
        pair.Train(false);

        var (loss, logits) = pair.Backward();
        var ours = new float[logits.Length];
        pair.Ours.Predict(pair.Images, ours);
        var result = pair.Ours.ComputeGradients(pair.Images, pair.Labels);

        TorchVisionPair.Near(logits, ours, "logits");
        Assert.Equal(1, result.Loss / loss, 1e-4);
        pair.GradientsAreEqual();
    }

    [Theory]
    [InlineData("vgg11_bn", 32)]
    [InlineData("vgg16_bn", 32)]
    [InlineData("squeezenet1_1", 17)]
    [InlineData("densenet121", 29)]
    public void Create_SmallestImage_IsTheirs(string name, int size)
    {
        SkipWithoutTorch();
        using var theirs = TorchVisionModels.Create(name, classes: 3);
        theirs.eval();
        using var noGradients = no_grad();
        Assert.Equal([1, 3], theirs.call(zeros(1, 3, size, size)).shape);
        Assert.ThrowsAny<Exception>(() => theirs.call(zeros(1, 3, size, size - 1)));

        using var ours = ModelCatalogue.Create(name, new FeatureShape(3, size, size), 3, batch: 1);
        Assert.Equal(3, ours.Classes);
        var message = Assert.Throws<ArgumentException>("input", () => ModelCatalogue.Create(name, new FeatureShape(3, size, size - 1), 3, 1)).Message;
        Assert.StartsWith($"input of {name} must be {size}x{size} or larger, got [3, {size}, {size - 1}].", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    [InlineData("squeezenet1_1")]
    [InlineData("densenet121")]
    public void Load_TheirWeightsOfOtherClasses_LeavesANewHeadAlone(string name)
    {
        SkipWithoutTorch();
        using var folder = new TemporaryFolder();
        var file = folder.File("weights.safetensors");
        using var theirs = TorchVisionModels.Create(name, classes: 9);
        NamedTensor[] state = [.. theirs.state_dict().Select(pair => new NamedTensor(
            pair.Key, pair.Value.shape.Length == 0 ? [1] : [.. pair.Value.shape.Select(size => (int)size)],
            pair.Value.to_type(ScalarType.Float32).contiguous().data<float>().ToArray()))];
        using (var stream = File.Create(file)) new SafetensorsFile(state, new Dictionary<string, string>()).WriteTo(stream);

        using var same = ModelCatalogue.Create(name, new FeatureShape(3, 32, 32), 9, batch: 1);
        var whole = same.Load(file);
        Assert.True(whole.IsWhole, whole.ToString());
        Assert.Equal(same.State.Count, whole.Loaded.Count);

        using var other = ModelCatalogue.Create(name, new FeatureShape(3, 32, 32), 4, batch: 2);
        var report = other.Load(file, new WeightsLoading(NewHead: true));
        Assert.True(report.IsWhole, report.ToString());
        var head = other.Parameters[^2].Name[..^".weight".Length];
        Assert.Equal([$"{head}.weight", $"{head}.bias"], report.NewHead);
        foreach (var parameter in other.Parameters) parameter.IsFrozen = !parameter.Name.StartsWith(head, StringComparison.Ordinal);
        other.ComputeGradients(new float[2 * other.Input.Length], [0, 3]);
        foreach (var parameter in other.Parameters.Where(parameter => parameter.Name != $"{head}.weight"))
            Assert.Equal(parameter.Name == $"{head}.bias", parameter.Gradient.Any(value => value != 0));
    }

    private static bool IsRead(KeyValuePair<string, Tensor> pair) => !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    private static void SkipWithoutTorch() =>
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 2) is not null, "libtorch can't load here");
}
