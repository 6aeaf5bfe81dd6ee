using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TorchSharp.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class SparseModuleTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(4, false)]
    public void SparseConv2d_WeightsOfConv2d_GivesWhatItGives(long groups, bool bias)
    {
        Torch.Need();
        using var theirs = Conv2d(8, 12, (3, 2), (2, 1), (1, 0), (1, 2), groups: groups, bias: bias);
        using var ours = new SparseConv2d(8, 12, new Size2D(3, 2), new Size2D(2, 1), new Size2D(1, 0), new Size2D(1, 2), groups: groups, bias: bias);
        Assert.Equal(theirs.state_dict().Keys, ours.state_dict().Keys);
        Assert.Equal(bias, ours.Bias is not null);
        ours.load_state_dict(theirs.state_dict());
        Torch.SameStep(theirs, ours, Torch.Noise(1, 3, 8, 9, 10), 1e-5);
        Assert.Contains("training", ours.Explain(), StringComparison.Ordinal);
        Assert.Contains("Forward: 1 calls", ours.Explain(), StringComparison.Ordinal);
        using (no_grad())
        using (var x = Torch.Noise(2, 1, 8, 9, 10)) Torch.Close(theirs.call(x), ours.call(x), 1e-5, "inference");

        // What is not ours is torch's: no batch dimension, and other types once the module has them.
        using var single = Torch.Noise(3, 8, 9, 10);
        Torch.Close(theirs.call(single), ours.call(single), 1e-6, "one image");
        theirs.to(ScalarType.Float64);
        ours.to(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, ours.Weight.dtype);
        Torch.SameStep(theirs, ours, Torch.Noise(1, 3, 8, 9, 10).to(ScalarType.Float64), 1e-6);
    }

    [Fact]
    public void SparseConv2d_Square_HasTheSizesGiven()
    {
        Torch.Need();
        using var ours = new SparseConv2d(6, 4, 3, stride: 2, padding: 1, dilation: 2, groups: 2);
        Assert.Equal([4, 3, 3, 3], ours.Weight.shape);
        using var y = ours.call(Torch.Noise(1, 2, 6, 11, 9));
        Assert.Equal([2, 4, 5, 4], y.shape);
        Assert.Throws<ArgumentException>(() => new SparseConv2d(6, 4, 3, groups: 4));
        Assert.ThrowsAny<ArgumentException>(() => new SparseConv2d(6, 4, 3, stride: -1));
        Assert.Throws<ArgumentOutOfRangeException>("inChannels", () => new SparseConv2d(0, 4, 3));
    }

    [Fact]
    public void SparseLinear_WeightsOfLinear_GivesWhatItGives()
    {
        Torch.Need();
        using var theirs = Linear(20, 7);
        using var ours = new SparseLinear(20, 7);
        Assert.Equal(theirs.state_dict().Keys, ours.state_dict().Keys);
        ours.load_state_dict(theirs.state_dict());
        Torch.SameStep(theirs, ours, Torch.Noise(1, 6, 20), 1e-5);
        Assert.Contains("Forward: 1 calls", ours.Explain(), StringComparison.Ordinal);
        Torch.SameStep(theirs, ours, Torch.Noise(1, 2, 3, 20), 1e-6);
        Assert.Throws<ArgumentOutOfRangeException>("inFeatures", () => new SparseLinear(0, 7));
        Assert.Throws<ArgumentOutOfRangeException>("outFeatures", () => new SparseLinear(7, 1L << 40));
    }

    [Fact]
    public void SparseSequential_OfSparseModules_IsOneStretchThatPrunes()
    {
        Torch.Need();
        using var plain = Sequential(Conv2d(3, 16, 3), ReLU(), Conv2d(16, 16, 3), ReLU(), Flatten(), Linear(16 * 25, 4));
        using var ours = new SparseSequential(
            new SparseConv2d(3, 16, 3), ReLU(), new SparseConv2d(16, 16, 3), ReLU(), Flatten(), new SparseLinear(16 * 25, 4));
        ours.load_state_dict(plain.state_dict());
        Torch.SameStep(plain, ours, Torch.Noise(1, 4, 3, 9, 9), 5e-5);
        Assert.Contains("4 images of [3, 9, 9], training", ours.Explain(), StringComparison.Ordinal);
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.75, step: 0, MagnitudeScope.Layer)), ours);
        pruning.Step();
        Assert.Equal(["2.weight"], pruning.Unit.Layers.Select(layer => layer.Name));
        plain.load_state_dict(ours.state_dict());
        using var grad = no_grad();
        using var x = Torch.Noise(2, 4, 3, 9, 9);
        Torch.Close(plain.call(x), ours.call(x), 5e-5, "pruned");
        var report = SparseTorch.Convert(Sequential(Conv2d(3, 4, 1), Sequential(new SparseConv2d(4, 4, 3))));
        Assert.Equal(ConversionKind.Stretch, Assert.Single(report.Parts).Kind);
        report.Model.call(x);
        Assert.Contains("4 images of [3, 9, 9], inference", report.Explain(), StringComparison.Ordinal);
        report.Revert();
        Assert.Equal("", report.Explain());
    }

    public static TheoryData<string> Kinds => [.. s_kinds.Keys];

    private static readonly Dictionary<string, Func<TensorModule>> s_kinds = new()
    {
        ["LeakyReLU"] = () => LeakyReLU(0.2),
        ["SiLU"] = () => SiLU(),
        ["Hardswish"] = () => Hardswish(),
        ["Hardsigmoid"] = () => Hardsigmoid(),
        ["Sigmoid"] = () => Sigmoid(),
        ["GroupNorm"] = () => Models.Set(GroupNorm(4, 12)),
        ["GroupNorm of one"] = () => Models.Set(GroupNorm(12, 12)),
        ["Upsample nearest"] = () => Upsample(scale_factor: [2, 3]),
        ["Upsample size"] = () => Upsample(size: [5, 17]),
        ["Upsample bilinear"] = () => Upsample(scale_factor: [1.5, 2], mode: UpsampleMode.Bilinear, align_corners: false),
        ["Upsample aligned"] = () => Upsample(size: [13, 9], mode: UpsampleMode.Bilinear, align_corners: true),
        ["ConvTranspose2d"] = () => ConvTranspose2d(12, 6, 3, stride: 2, padding: 1, output_padding: 1, groups: 3),
        ["ConvTranspose2d plain"] = () => ConvTranspose2d(12, 6, 3, bias: false),
        ["AdaptiveAvgPool2d"] = () => AdaptiveAvgPool2d((3, 2)),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Convert_ActivationsAndOthers_GiveWhatTorchGives(string name)
    {
        Torch.Need();
        for (var frozen = 0; frozen < 2; frozen++)
        {
            var (plain, other) = Models.Pair<TensorModule>(
                () => Sequential(Conv2d(3, 12, 3), s_kinds[name](), Conv2d(name.StartsWith("Conv", StringComparison.Ordinal) ? 6 : 12, 5, 2)));
            var report = SparseTorch.Convert(other);
            Assert.True(report.Parts is [{ Kind: ConversionKind.Stretch, Modules.Count: 3 }], $"{name}: {report}");
            foreach (var model in (TensorModule[])[plain, report.Model])
                foreach (var (parameterName, parameter) in model.named_parameters()) parameter.requires_grad = frozen == 0 || parameterName.EndsWith("bias", StringComparison.Ordinal);
            Torch.SameStep(plain, report.Model, Torch.Noise(1, 4, 3, 9, 8), 5e-5);
        }
    }

    [Fact]
    public void Convert_ModuleListsAndDictionaries_HaveTheirModulesConverted()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => new Branches());
        var report = SparseTorch.Convert(other);
        var text = report.ToString();
        Assert.Contains("_list.0.0 to _list.0.1: one stretch of 2 modules", text, StringComparison.Ordinal);
        Assert.Contains("_list.1: one stretch", text, StringComparison.Ordinal);
        Assert.Contains("_named.last", text, StringComparison.Ordinal);
        Assert.DoesNotContain("stays", text, StringComparison.Ordinal);
        Torch.SameStep(plain, other, Torch.Noise(1, 4, 3, 9, 8), 5e-5);
        report.Revert();
        Torch.SameStep(plain, other, Torch.Noise(1, 4, 3, 9, 8), 1e-6);
    }

    private sealed class Branches : TensorModule
    {
        private readonly TorchModules.ModuleList<TensorModule> _list;
        private readonly TorchModules.ModuleDict<TensorModule> _named;

        public Branches()
            : base(nameof(Branches))
        {
            _list = ModuleList<TensorModule>(Sequential(Conv2d(3, 8, 3), ReLU()), Conv2d(8, 8, 1));
            _named = ModuleDict<TensorModule>(("first", Conv2d(8, 8, 1)), ("last", Sequential(Flatten(), Linear(8 * 7 * 6, 3))));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            foreach (var module in _list) input = module.call(input);
            return _named["last"].call(functional.relu(_named["first"].call(input)));
        }
    }
}
