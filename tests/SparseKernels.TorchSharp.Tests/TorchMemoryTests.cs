using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Tests;

[Collection(SoloCollection.Name)]
public class TorchMemoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Step_Again_LeavesNoMoreTensorsThanBefore(bool inScope)
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row()).Model;
        using var optimizer = optim.SGD(model.parameters(), 1e-3);
        long After(int steps)
        {
            for (var step = 0; step < steps; step++) Step(model, optimizer, inScope);
            Collect();
            return Tensor.TotalCount;
        }

        After(5);
        var before = After(1);
        Assert.InRange(After(40) - before, -8, 8);
    }

    [Fact]
    public void Step_TenThousandTimes_LeavesNeitherTensorsNorMemory()
    {
        Torch.Need();
        using var model = SparseTorch.Convert(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 2))).Model;
        using var optimizer = optim.SGD(model.parameters(), 1e-5);
        using var x = Torch.Noise(1, 1, 3, 5, 5);
        (long Tensors, long Bytes) After(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                model.call(x).square().sum().backward();
                optimizer.step();
            }

            Collect();
            return (Tensor.TotalCount, Environment.WorkingSet);
        }

        var steps = TestScale.Cases(10_000);
        After(steps / 4);
        var before = After(steps / 4);
        var after = After(steps / 2);
        Assert.InRange(after.Tensors - before.Tensors, -8, 8);
        Assert.InRange(after.Bytes - before.Bytes, long.MinValue, 16L << 20);
    }

    [Fact]
    public void Inference_Again_LeavesNoTensor()
    {
        Torch.Need();
        var model = SparseTorch.Convert(Models.Row()).Model;
        model.eval();
        using var grad = no_grad();
        using var x = Torch.Noise(1, 2, 3, 9, 9);
        for (var call = 0; call < 3; call++) model.call(x).Dispose();

        // What was garbage before must not go meanwhile: it would hide what calls leave.
        Collect();
        var before = Tensor.TotalCount;
        for (var call = 0; call < 100; call++) model.call(x).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static void Step(TensorModule model, optim.Optimizer optimizer, bool inScope)
    {
        using var scope = inScope ? NewDisposeScope() : null;
        using var x = Torch.Noise(1, 4, 3, 9, 9);
        optimizer.zero_grad();
        using (var y = model.call(x))
        using (var squares = y.square())
        using (var loss = squares.sum()) loss.backward();
        optimizer.step();
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
