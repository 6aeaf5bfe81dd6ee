using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class SparseTorchTests
{
    [Fact]
    public void Convert_Sequential_GivesOutputGradientsAndStatisticsOfTorch()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Models.Row());
        var report = SparseTorch.Convert(other);
        Assert.Equal(ConversionKind.Stretch, Assert.Single(report.Parts).Kind);
        Assert.IsAssignableFrom<TorchModules.Sequential>(report.Model);
        Assert.NotSame(other, report.Model);
        for (var step = 0; step < 3; step++) Torch.SameStep(plain, report.Model, Torch.Noise(step, 4 + step, 3, 13, 12), 2e-4);
        Assert.Equal(3, plain.state_dict()["bn1.num_batches_tracked"].item<long>());
        plain.eval();
        report.Model.eval();
        Torch.SameStep(plain, report.Model, Torch.Noise(9, 3, 3, 13, 12), 2e-4);
        using (no_grad())
        {
            using var x = Torch.Noise(4, 21, 3, 13, 12);
            Torch.Close(plain.call(x), report.Model.call(x), 2e-4, "inference");
        }
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet50")]
    [InlineData("mobilenet_v2")]
    public void Convert_TorchVisionsModels_GiveOutputAndGradientsOfTorch(string name)
    {
        Torch.Need();
        var (plain, other) = Models.Pair<TensorModule>(() => name switch
        {
            "resnet18" => global::TorchSharp.torchvision.models.resnet18(num_classes: 7),
            "resnet50" => global::TorchSharp.torchvision.models.resnet50(num_classes: 7),
            _ => global::TorchSharp.torchvision.models.mobilenet_v2(num_classes: 7),
        });

        // In evaluation, where neither dropout nor a batch of a few pixels makes two right answers differ.
        plain.eval();
        other.eval();
        var before = other.state_dict().Keys.ToArray();
        var report = SparseTorch.Convert(other);
        Assert.Same(other, report.Model);
        Assert.Equal(before, other.state_dict().Keys);
        Assert.All(report.Parts, part => Assert.Equal(ConversionKind.Stretch, part.Kind));
        Assert.Equal(name == "mobilenet_v2" ? 2 : 1, report.Parts.Count);
        using var x = Torch.Noise(1, 2, 3, 64, 64);
        Torch.SameStep(plain, other, x, 3e-3);
        using (no_grad()) Torch.Close(plain.call(x), other.call(x), 1e-4, "inference");
        report.Revert();
        Torch.SameStep(plain, other, x, 1e-6);
    }

    [Fact]
    public void Convert_ModelOfOnesOwn_ConvertsWhatItsFieldsAndDescriptionsAllow()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => new OwnNetwork());
        var report = SparseTorch.Convert(other, new SparseTorchOptions { Blocks = new Dictionary<Type, BlockDescription> { [typeof(OwnBlock)] = OwnBlock.Description } });
        Torch.SameStep(plain, other, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
        var text = report.ToString();
        Assert.Contains("_stem: one stretch of 1 modules", text, StringComparison.Ordinal);
        Assert.Contains("_blocks.0 to _blocks.1: one stretch of 2 modules", text, StringComparison.Ordinal);
        Assert.Contains("head: one stretch of 1 modules", text, StringComparison.Ordinal);
        Assert.Contains("_sealed: stays with torch, since its field is of the sealed type Conv2d: declare it as Module<Tensor, Tensor>", text, StringComparison.Ordinal);
        Assert.Same(other, report.Revert());
        Torch.SameStep(plain, other, Torch.Noise(2, 4, 3, 9, 9), 1e-6);
    }

    [Fact]
    public void Convert_BlocksThatNobodyDescribes_HaveTheirInsideConverted()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => new OwnNetwork());
        var report = SparseTorch.Convert(other);
        Assert.Contains("_blocks.1._conv2: one stretch of 1 modules", report.ToString(), StringComparison.Ordinal);
        Torch.SameStep(plain, other, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
    }

    [Fact]
    public void Convert_UnsupportedInTheMiddle_StaysWithTorchBetweenTwoStretches()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(
            Conv2d(3, 8, 3), ReLU(), Conv2d(8, 8, 3, padding_mode: global::TorchSharp.PaddingModes.Circular, padding: 1), GELU(), Conv2d(8, 4, 3), Flatten(), Linear(4 * 16, 3)));
        var report = SparseTorch.Convert(other);
        Assert.Equal([ConversionKind.Stretch, ConversionKind.Torch, ConversionKind.Torch, ConversionKind.Stretch], report.Parts.Select(part => part.Kind));
        Assert.Contains("padding_mode Circular", report.Parts[1].Why, StringComparison.Ordinal);
        Assert.Contains("GELU", report.Parts[2].Why, StringComparison.Ordinal);
        Torch.SameStep(plain, report.Model, Torch.Noise(1, 4, 3, 8, 8), 2e-4);
    }

    [Fact]
    public void SparseSequential_OfModules_IsTheSequentialOfThem()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Models.Row());
        var model = new SparseSequential([.. other.named_children().Select(child => (child.name, (TensorModule)child.module))], options: null);
        Assert.True(model.HasStretch);
        Torch.SameStep(plain, model, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
        using var nothing = new SparseSequential();
        Assert.False(nothing.HasStretch);
        using var x = Torch.Noise(1, 2, 3);
        Torch.Close(x, nothing.call(x), 0, "no module");
    }

    [Fact]
    public void Convert_NormalisationWithoutParameters_GivesWhatTorchGives()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(Conv2d(3, 20, 3), BatchNorm2d(20, affine: false), ReLU(), Conv2d(20, 4, 3)));
        Torch.SameStep(plain, SparseTorch.Convert(other).Model, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
    }

    [Fact]
    public void Convert_Modes_StayAsTheyWere()
    {
        Torch.Need();
        using var row = Models.Row();
        row.eval();
        row.named_modules().Single(entry => entry.name == "bn2").module.train();
        var model = SparseTorch.Convert(row).Model;
        Assert.False(model.training);
        Assert.Equal(["bn2"], model.named_modules().Where(entry => entry.module.training).Select(entry => entry.name));
    }

    [Fact]
    public void Convert_Rows_TakeTwoDimensions()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(Linear(30, 20), ReLU(), Dropout(0), Linear(20, 3)));
        var model = SparseTorch.Convert(other).Model;
        Torch.SameStep(plain, model, Torch.Noise(1, 6, 30), 2e-4);

        // torch's Linear takes any number of dimensions.
        Torch.SameStep(plain, model, Torch.Noise(1, 6, 2, 30), 1e-6);
    }

    [Fact]
    public void Training_TwentySteps_HasTheLossesOfTorch()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Models.Row());
        var model = SparseTorch.Convert(other).Model;
        using var a = optim.SGD(plain.parameters(), 0.05, momentum: 0.9, weight_decay: 1e-3);
        using var b = optim.SGD(model.parameters(), 0.05, momentum: 0.9, weight_decay: 1e-3);
        for (var step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            var (x, labels) = (Torch.Noise(step, 8, 3, 12, 12), tensor(Enumerable.Range(0, 8).Select(i => (long)(i + step) % 5).ToArray()));
            Assert.Equal(Step(plain, a, x, labels), Step(model, b, x, labels), 2e-3);
        }
    }

    private static float Step(TensorModule model, optim.Optimizer optimizer, Tensor x, Tensor labels)
    {
        optimizer.zero_grad();
        var loss = functional.cross_entropy(model.call(x), labels);
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }
}
