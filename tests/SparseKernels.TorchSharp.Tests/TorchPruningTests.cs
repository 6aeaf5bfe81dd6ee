using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class TorchPruningTests
{
    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    [InlineData("rmsprop")]
    public void Step_AfterAnyOptimiser_KeepsZerosAndTrainsTheRest(string optimiser)
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row()).Model;
        using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.8, step: 0, MagnitudeScope.Layer)), model);
        Assert.Equal(["conv2.weight", "conv3.weight"], pruning.Unit.Layers.Select(layer => layer.Name));
        using var optimizer = optimiser switch
        {
            "sgd" => optim.SGD(model.parameters(), 0.02, momentum: 0.9, weight_decay: 1e-3),
            "adam" => optim.Adam(model.parameters(), 1e-3, weight_decay: 1e-3),
            _ => (optim.Optimizer)optim.RMSProp(model.parameters(), 1e-3),
        };
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
