using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class OneByOneTests
{
    private static readonly SparseTorchOptions s_oneByOne = new() { OneByOne = true };

    [Fact]
    public void Convert_OneByOne_MakesANodeOfEachLayerThatMultiplies()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Models.Row());
        var report = SparseTorch.Convert(other, s_oneByOne);
        Assert.Equal([["conv1"], ["conv2"], ["conv3"], ["fc"]], Stretches(report));
        Assert.Contains(report.Parts, part => part.Modules is ["bn1"] && part.Why == "layers are converted one by one");
        Torch.SameStep(plain, report.Model, Torch.Noise(1, 4, 3, 13, 12), 2e-4);
        Torch.SameStep(plain, report.Revert(), Torch.Noise(2, 4, 3, 13, 12), 1e-6);
    }

    [Fact]
    public void Convert_TorchVisionOneByOne_ReachesAllConvolutions()
    {
        Torch.Need();
        var (plain, other) = Models.Pair<TensorModule>(() => global::TorchSharp.torchvision.models.resnet18(num_classes: 7));
        plain.eval();
        other.eval();
        var report = SparseTorch.Convert(other, s_oneByOne);

        // 17 along the way, 3 beside it, and the classifier.
        Assert.Equal(21, Stretches(report).Count);
        Assert.All(Stretches(report), modules => Assert.Single(modules));
        Torch.SameStep(plain, other, Torch.Noise(1, 2, 3, 64, 64), 3e-3);
        report.Revert();
        Torch.SameStep(plain, other, Torch.Noise(1, 2, 3, 64, 64), 1e-6);
    }

    [Fact]
    public void Convert_SequentialInARowThatHasAnUnknownModule_ConvertsWhatIsAroundIt()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(Conv2d(3, 8, 3), Sequential(Conv2d(8, 8, 3), GELU(), Conv2d(8, 8, 1)), Conv2d(8, 4, 1)));
        var report = SparseTorch.Convert(other);
        Assert.Equal([["0"], ["1.0"], ["1.2"], ["2"]], Stretches(report));
        Torch.SameStep(plain, report.Model, Torch.Noise(1, 4, 3, 9, 9), 2e-4);
        Assert.Contains("1.2", report.ToString(), StringComparison.Ordinal);

        // A hook of the inner Sequential itself is called.
        var calls = 0;
        var inner = (TorchModules.Sequential)report.Model.named_children().Single(child => child.name == "1").module;
        var hook = inner.register_forward_hook((_, _, y) =>
        {
            calls++;
            return y;
        });
        report.Model.call(Torch.Noise(1, 4, 3, 9, 9));
        Assert.Equal(1, calls);
        hook.remove();
        report.Model.call(Torch.Noise(1, 4, 3, 9, 9));
        Assert.Equal(1, calls);
        Torch.SameStep(plain, report.Revert(), Torch.Noise(2, 4, 3, 9, 9), 1e-6);
    }

    private static List<IReadOnlyList<string>> Stretches(ConversionReport report) =>
        [.. report.Parts.Where(part => part.Kind == ConversionKind.Stretch).Select(part => part.Modules)];
}
