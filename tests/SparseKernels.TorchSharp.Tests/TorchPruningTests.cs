using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class TorchPruningTests
{
    public static TheoryData<string> Optimisers => [.. s_optimisers.Keys];

    private static readonly Dictionary<string, Func<TensorModule, optim.Optimizer>> s_optimisers = new()
    {
        ["sgd, momentum, decay"] = model => optim.SGD(model.parameters(), 0.02, momentum: 0.9, weight_decay: 1e-3),
        ["sgd, nesterov"] = model => optim.SGD(model.parameters(), 0.02, momentum: 0.9, weight_decay: 1e-3, nesterov: true),
        ["adam"] = model => optim.Adam(model.parameters(), 1e-3, weight_decay: 1e-3),
        ["adam, amsgrad"] = model => optim.Adam(model.parameters(), 1e-3, weight_decay: 1e-3, amsgrad: true),
        ["adamw"] = model => optim.AdamW(model.parameters(), 1e-3, weight_decay: 1e-2),
        ["adamax"] = model => optim.Adamax(model.parameters(), 1e-3, weight_decay: 1e-3),
        ["nadam"] = model => optim.NAdam(model.parameters(), 1e-3, weight_decay: 1e-3),
        ["radam"] = model => optim.RAdam(model.parameters(), 1e-3, weight_decay: 1e-3),
        ["rmsprop"] = model => optim.RMSProp(model.parameters(), 1e-3, weight_decay: 1e-3, momentum: 0.9),
        ["adagrad"] = model => optim.Adagrad(model.parameters(), 1e-2, weight_decay: 1e-3),
        ["adadelta"] = model => optim.Adadelta(model.parameters(), 1.0, weight_decay: 1e-3),
        ["asgd"] = model => optim.ASGD(model.parameters(), 1e-2, weight_decay: 1e-3),
        ["rprop"] = model => optim.Rprop(model.parameters(), 1e-3),
    };

    [Theory]
    [MemberData(nameof(Optimisers))]
    public void Step_AfterAnyOptimiser_KeepsZerosAndTrainsTheRest(string optimiser)
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row()).Model;
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.8, step: 0, MagnitudeScope.Layer)), model);
        Assert.Equal(["conv2.weight", "conv3.weight"], pruning.Unit.Layers.Select(layer => layer.Name));
        using var optimizer = s_optimisers[optimiser](model);
        for (var step = 0; step < 6; step++)
        {
            using var scope = NewDisposeScope();
            var before = Torch.Values(Weight(model, "conv2"));
            optimizer.zero_grad();
            model.call(Torch.Noise(step, 4, 3, 9, 9)).square().sum().backward();
            if (step > 0)
            {
                var gradient = Torch.Values(Weight(model, "conv2").grad!);
                for (var i = 0; i < before.Length; i++) if (before[i] == 0) Assert.Equal(0, gradient[i]);
            }

            optimizer.step();
            pruning.Step();
            var after = Torch.Values(Weight(model, "conv2"));
            Assert.InRange(after.Count(value => value == 0) / (double)after.Length, 0.75, 0.85);
            Assert.Contains(after.Zip(before), pair => pair.First != pair.Second && pair.First != 0);
        }

        Assert.DoesNotContain(0f, Torch.Values(Weight(model, "conv1")));
    }

    [Fact]
    public void Step_Masked_GivesTheGradientsOfTorchWhereWeightsAreLeft()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Models.Row());
        var model = SparseTorch.Convert(other).Model;
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), model);
        pruning.Step();
        plain.load_state_dict(model.state_dict());
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        foreach (var one in (TensorModule[])[plain, model]) one.call(x).square().sum().backward();
        foreach (var ((name, p), (_, q)) in plain.named_parameters().Zip(model.named_parameters()))
        {
            using var expected = name is "conv2.weight" or "conv3.weight" ? p.grad! * q.ne(0) : p.grad!.clone();
            Torch.Close(expected, q.grad, 5e-4, name);
        }
    }

    [Fact]
    public void Attach_AfterTraining_LeavesTensorsOfOthersAlone()
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row()).Model;
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        model.call(x).square().sum().backward();
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.8, step: 0, MagnitudeScope.Layer)), model);
        pruning.Step();
        var gradient = Weight(model, "conv2").grad!;
        var before = Torch.Values(gradient);
        Assert.True(before.Count(value => value == 0) < before.Length / 2);
        model.call(x);
        Assert.Equal(before, Torch.Values(gradient));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attach_LayersInsideOthers_LeavesTheFirstAndTheLastAsDeclared(bool converted)
    {
        Torch.Need();
        var model = Sequential(
            ("features", Sequential(("a", Conv2d(3, 8, 3)), ("b", Sequential(("c", Conv2d(8, 8, 1)))), ("d", Conv2d(8, 8, 3)))), ("flat", Flatten()), ("head", Linear(8, 4)));
        using var used = converted ? SparseTorch.Convert(model).Model : model;
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.5, step: 0)), used);
        Assert.Equal(["features.b.c.weight", "features.d.weight"], pruning.Unit.Layers.Select(layer => layer.Name));
    }

    [Fact]
    public void Restore_StateOfARun_GoesOnWithItsMasks()
    {
        Torch.Need();
        var (first, second) = Models.Pair(() => Models.Row());
        using var one = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), first);
        one.Step();
        second.load_state_dict(first.state_dict());
        using var two = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), second);
        two.Restore(one.Unit.State);
        using (no_grad()) Weight(second, "conv2").add_(1);
        two.Step();
        Assert.Equal(Torch.Values(Weight(first, "conv2")).Select(value => value == 0), Torch.Values(Weight(second, "conv2")).Select(value => value == 0));
    }

    [Fact]
    public void Load_OfWhatWasSaved_GoesOnWithItsMasks()
    {
        Torch.Need();
        using var folder = new TemporaryFolder();
        var path = folder.File("masks.safetensors");
        var (first, second) = Models.Pair(() => Models.Row());
        using var one = TorchPruning.Attach(Gated(), first);
        one.OnEvaluation(0.5);
        for (var step = 0; step < 3; step++) one.Step();
        one.Save(path);
        second.load_state_dict(first.state_dict());
        using var two = TorchPruning.Attach(Gated(), second);
        two.Load(path);
        var (expected, actual) = (one.Unit.State, two.Unit.State);
        Assert.Equal((expected.Steps, expected.Strategy), (actual.Steps, actual.Strategy));
        Assert.Equal(expected.Numbers, actual.Numbers);
        Assert.Equal(expected.Masks, actual.Masks);
        Assert.Equal(expected.Snapshot?.Weights, actual.Snapshot?.Weights);
        Assert.Contains(expected.Masks.Values, mask => mask.Any(word => word != ulong.MaxValue));
        using (no_grad()) Weight(second, "conv2").add_(1);
        two.Step();
        one.Step();
        Assert.Equal(Torch.Values(Weight(first, "conv2")).Select(value => value == 0), Torch.Values(Weight(second, "conv2")).Select(value => value == 0));
    }

    [Fact]
    public void Load_OfSomethingElse_SaysSoAndWritesNothing()
    {
        Torch.Need();
        using var folder = new TemporaryFolder();
        using var model = Models.Row();
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), model);
        pruning.Save(folder.File("masks"));
        var before = Torch.Values(Weight(model, "conv2"));
        new SafetensorsFile([new NamedTensor("a", [1], [1])], new Dictionary<string, string>()).Save(folder.File("other"));
        Assert.Contains("other", Assert.Throws<InvalidDataException>(() => pruning.Load(folder.File("other"))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => pruning.Load(folder.File("none")));
        Assert.Throws<ArgumentException>(() => pruning.Load(""));
        using var others = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), model, ["conv2"]);
        Assert.Throws<ArgumentException>(() => others.Load(folder.File("masks")));
        Assert.Equal(before, Torch.Values(Weight(model, "conv2")));
    }

    [Fact]
    public void LoadMasks_OfASparseWeightsFile_HoldsThem()
    {
        Torch.Need();
        using var folder = new TemporaryFolder();
        var (first, second) = Models.Pair(() => Models.Row());
        using var network = SparseTorch.ToNetwork(first, new FeatureShape(3, 9, 9));
        var optimiser = new PrunedSgd(network, new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)));
        optimiser.Prepare();
        optimiser.Step(0);
        network.Save(folder.File("sparse"));
        SparseTorch.LoadStateDict(second, folder.File("sparse"));
        using var pruning = TorchPruning.Attach(Gated(), second);
        pruning.LoadMasks(folder.File("sparse"));
        using (no_grad()) Weight(second, "conv2").add_(1);
        pruning.Step();
        var expected = network.Parameters.Single(parameter => parameter.Name == "conv2.weight").Value;
        Assert.InRange(expected.Count(value => value == 0) / (double)expected.Length, 0.85, 0.95);
        Assert.Equal(expected.Select(value => value == 0), Torch.Values(Weight(second, "conv2")).Select(value => value == 0));
    }

    [Fact]
    public void LoadMasks_WhatDoesNotFit_IsNamedAndWritesNothing()
    {
        Torch.Need();
        using var folder = new TemporaryFolder();
        using var model = Models.Row();
        using var network = SparseTorch.ToNetwork(model, new FeatureShape(3, 9, 9));
        network.Save(folder.File("dense"));
        _ = new PrunedSgd(network, new PruningUnit(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer)), denseLayers: ["conv1"]);
        network.Save(folder.File("sparse"));
        using var pruning = TorchPruning.Attach(Gated(), model);
        var before = pruning.Unit.State.Masks;
        Assert.Contains("dense", Assert.Throws<InvalidDataException>(() => pruning.LoadMasks(folder.File("dense"))).Message, StringComparison.Ordinal);
        Assert.Contains("fc.weight", Assert.Throws<InvalidDataException>(() => pruning.LoadMasks(folder.File("sparse"))).Message, StringComparison.Ordinal);
        using var wide = Sequential(("conv1", Conv2d(3, 4, 3)), ("conv2", Conv2d(4, 6, 1)), ("conv3", Conv2d(6, 4, 3)), ("fc", Conv2d(4, 4, 1)));
        using var others = TorchPruning.Attach(Gated(), wide, ["conv1"]);
        Assert.Contains("conv2.weight", Assert.Throws<InvalidDataException>(() => others.LoadMasks(folder.File("sparse"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => pruning.LoadMasks(""));
        Assert.Throws<FileNotFoundException>(() => pruning.LoadMasks(folder.File("none")));
        Assert.Equal(before, pruning.Unit.State.Masks);
    }

    private static PruningUnit Gated() => new(new AccuracyGatedPruning(new AccuracyGatedOptions()));

    [Fact]
    public void Attach_WhatCantBe_IsNamed()
    {
        Torch.Need();
        using var model = Models.Row();
        PruningUnit Unit() => new(new OneShotMagnitude(0.9, step: 0, MagnitudeScope.Layer));
        Assert.Throws<ArgumentNullException>("unit", () => TorchPruning.Attach(null!, model));
        Assert.Throws<ArgumentNullException>("model", () => TorchPruning.Attach(Unit(), null!));
        Assert.Contains("conv9", Assert.Throws<ArgumentException>("denseLayers", () => TorchPruning.Attach(Unit(), model, ["conv9"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("denseLayers", () => TorchPruning.Attach(Unit(), model, ["conv1", "conv2", "conv3", "fc"]));
        Assert.Throws<ArgumentException>("model", () => TorchPruning.Attach(Unit(), Sequential(ReLU())));
        var unit = Unit();
        TorchPruning.Attach(unit, model);
        Assert.Throws<ArgumentException>("unit", () => TorchPruning.Attach(unit, model));
    }

    private static Tensor Weight(TensorModule model, string name) => model.get_parameter($"{name}.weight")!;
}
