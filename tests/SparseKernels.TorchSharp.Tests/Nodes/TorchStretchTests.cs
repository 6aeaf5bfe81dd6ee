using SparseKernels.TorchSharp.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests.Nodes;

public class TorchStretchTests
{
    [Fact]
    public void Backward_AfterSeveralForwards_GivesTheSumOfTheirGradients()
    {
        Torch.Need();
        var (plain, model) = Pair();
        foreach (var one in (TensorModule[])[plain, model])
        {
            var losses = Enumerable.Range(0, 3).Select(i => one.call(Torch.Noise(i, 2 + i, 3, 9, 9)).square().sum()).ToArray();
            (losses[2] + losses[0] + losses[1]).backward();
        }

        SameGradients(plain, model, 5e-4);
    }

    [Fact]
    public void Backward_OfAModuleOnItsOwnOutput_GoesThroughBoth()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(Conv2d(4, 4, 3, padding: 1), ReLU(), Conv2d(4, 4, 3, padding: 1)));
        var model = SparseTorch.Convert(other).Model;
        foreach (var one in (TensorModule[])[plain, model]) one.call(one.call(Torch.Noise(1, 2, 4, 7, 7))).square().sum().backward();
        SameGradients(plain, model, 5e-4);
    }

    [Fact]
    public void Backward_FrozenParameters_GetNoGradientAndTheOthersTheirs()
    {
        Torch.Need();
        var (plain, model) = Pair();
        foreach (var one in (TensorModule[])[plain, model])
        {
            foreach (var (name, parameter) in one.named_parameters())
                parameter.requires_grad = name is not ("conv1.weight" or "bn1.weight" or "bn1.bias" or "conv2.weight" or "fc.bias");
            one.call(Torch.Noise(1, 4, 3, 9, 9)).square().sum().backward();
        }

        SameGradients(plain, model, 5e-4);
        Torch.SameState(plain, model, 1e-4);
    }

    [Fact]
    public void Forward_ModesOfSingleModules_Count()
    {
        Torch.Need();
        var (plain, model) = Pair();
        foreach (var one in (TensorModule[])[plain, model]) one.named_modules().Single(entry => entry.name == "bn1").module.eval();
        Torch.SameStep(plain, model, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
    }

    [Fact]
    public void Forward_TrainingModeWithoutGradients_MovesTheStatistics()
    {
        Torch.Need();
        var (plain, model) = Pair();
        using var grad = no_grad();
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        using var y = model.call(x);
        Torch.Close(plain.call(x), y, 5e-4, "the output");
        Assert.False(y.requires_grad);
        Torch.SameState(plain, model, 1e-4);
    }

    [Fact]
    public void Forward_OtherMemoryOrderTypesAndBatches_AreTorchs()
    {
        Torch.Need();
        var (plain, model) = Pair();
        plain.eval();
        model.eval();
        using var x = Torch.Noise(1, 4, 9, 9, 3).permute(0, 3, 1, 2);
        Assert.False(x.is_contiguous());
        Torch.SameStep(plain, model, x, 5e-4);
        using var none = empty(0, 3, 9, 9);
        Assert.Equal([0, 5], model.call(none).shape);
        var error = Assert.ThrowsAny<Exception>(() => model.call(empty(2, 4, 9, 9)));
        Assert.Equal(Assert.ThrowsAny<Exception>(() => plain.call(empty(2, 4, 9, 9))).Message, error.Message);
        using var wide = Torch.Noise(1, 4, 3, 9, 9).to(ScalarType.Float64);
        plain.to(ScalarType.Float64);
        model.to(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, model.call(wide).dtype);
        Torch.Close(plain.call(wide), model.call(wide), 1e-6, "64 bits");
    }

    [Fact]
    public void Forward_WeightsChangedInPlace_AreNoticed()
    {
        Torch.Need();
        var (plain, model) = Pair();
        plain.eval();
        model.eval();
        using var grad = no_grad();
        using var x = Torch.Noise(1, 2, 3, 9, 9);
        for (var i = 0; i < 3; i++)
        {
            Torch.Close(plain.call(x), model.call(x), 5e-4, $"after change {i}");
            foreach (var one in (TensorModule[])[plain, model])
            {
                var parameters = one.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
                if (i == 0) parameters["conv2.weight"].bytes[7] ^= 64;
                else parameters["fc.bias"].add_(1);
                one.named_buffers().First(entry => entry.name == "bn2.running_var").buffer.mul_(2);
            }
        }
    }

    [Fact]
    public void Forward_BiasThatComesLater_Counts()
    {
        Torch.Need();
        var (plain, model) = Pair();
        foreach (var one in (TensorModule[])[plain, model])
            ((TorchModules.Conv2d)one.named_modules().Single(entry => entry.name == "conv1").module).bias = Parameter(ones(20));
        Torch.SameStep(plain, model, Torch.Noise(1, 4, 3, 9, 9), 5e-4);
    }

    [Fact]
    public void Forward_Hooks_AreCalled()
    {
        Torch.Need();
        var (_, model) = Pair();
        var calls = 0;
        var hook = ((TensorModule)model.named_modules().Single(entry => entry.name == "conv2").module).register_forward_hook((_, _, y) =>
        {
            calls++;
            return y;
        });
        using var x = Torch.Noise(1, 2, 3, 9, 9);
        model.call(x).sum().backward();
        Assert.Equal(1, calls);
        hook.remove();
        model.call(x).sum().backward();
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Backward_InPlaceChangesBefore_UseWhatForwardSaw()
    {
        Torch.Need();
        var (plain, model) = Pair();
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        plain.call(x).square().sum().backward();
        using var y = model.call(x);
        using var loss = y.square().sum();
        using (no_grad())
        {
            x.zero_();
            foreach (var parameter in model.parameters()) parameter.mul_(1.5);
        }

        loss.backward();
        SameGradients(plain, model, 5e-4);
    }

    [Fact]
    public void Backward_Twice_GivesTheGradientTwice()
    {
        Torch.Need();
        var (plain, model) = Pair();
        foreach (var one in (TensorModule[])[plain, model])
        {
            using var loss = one.call(Torch.Noise(1, 4, 3, 9, 9)).square().sum();
            autograd.backward([loss], retain_graph: true);
            loss.backward();
        }

        SameGradients(plain, model, 5e-4);
    }

    [Fact]
    public void Backward_MemoryTakenByAnotherForward_IsRaisedByTheNextCall()
    {
        Torch.Need();
        var (_, model) = Pair();
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        using var loss = model.call(x).square().sum();
        autograd.backward([loss], retain_graph: true);
        using var other = model.call(x);
        loss.backward();
        var error = Assert.Throws<InvalidOperationException>(() => model.call(x));
        Assert.Contains("taken its memory", error.Message, StringComparison.Ordinal);
        model.call(x).sum().backward();
    }

    [Fact]
    public void Backward_CreateGraph_IsRaisedByTheNextCall()
    {
        Torch.Need();
        var (_, model) = Pair();
        using var x = Torch.Noise(1, 4, 3, 9, 9).requires_grad_();
        using var loss = model.call(x).square().sum();
        autograd.backward([loss], create_graph: true);
        var error = Assert.Throws<InvalidOperationException>(() => model.call(x));
        Assert.Contains("create_graph", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_Dropout_FollowsTorchsSeed()
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row(dropout: 0.5)).Model;
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        float[] Run(long seed)
        {
            manual_seed(seed);
            return Torch.Values(model.call(x));
        }

        Assert.Equal(Run(3), Run(3));
        Assert.NotEqual(Run(3), Run(4));
    }

    [Fact]
    public void Forward_ManyThreads_GiveWhatOneGives()
    {
        Torch.Need();
        var (plain, model) = Pair();
        plain.eval();
        model.eval();
        var failures = new List<string>();
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            try
            {
                for (var round = 0; round < 10; round++)
                {
                    using var scope = NewDisposeScope();
                    using var grad = round % 2 == 0 ? no_grad() : enable_grad();
                    var x = Torch.Noise(i, 1 + i, 3, 9, 9);
                    Torch.Close(plain.call(x), model.call(x), 5e-4, $"thread {i}");
                    if (round % 2 == 1) autograd.grad([model.call(x.requires_grad_()).sum()], [x]);
                }
            }
            catch (Exception e)
            {
                lock (failures) failures.Add(e.ToString());
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Empty(failures);
    }

    private static (TensorModule Plain, TensorModule Converted) Pair()
    {
        var (plain, other) = Models.Pair(() => Models.Row());
        var report = SparseTorch.Convert(other);
        Assert.Equal(ConversionKind.Stretch, Assert.Single(report.Parts).Kind);
        return (plain, report.Model);
    }

    private static void SameGradients(TensorModule expected, TensorModule actual, double share)
    {
        foreach (var ((name, p), (_, q)) in expected.named_parameters().Zip(actual.named_parameters())) Torch.Close(p.grad, q.grad, share, $"the gradient of {name}");
    }
}
