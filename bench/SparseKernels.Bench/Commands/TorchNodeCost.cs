using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// One convolution, 16 to 16 channels of 8×8 with a filter of 3×3 and a bias, forward and backward for x, w and b: as a converted module through torch's
/// autograd, as torch's own, and as the core's three calls on blocked tensors. It is so small that what a node of torch's graph costs is most of it.
/// </summary>
internal sealed class TorchNodeCost : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _plain = nn.Sequential(nn.Conv2d(16, 16, 3, padding: 1));
    private readonly nn.Module<Tensor, Tensor> _converted;
    private readonly Tensor _x, _dy;
    private readonly Tensor[] _inputs;
    private readonly ConvolutionPlan _plan;
    private readonly BlockedTensor _blockedX, _blockedY, _blockedDx, _blockedDy;
    private readonly PackedWeights _weights;
    private readonly float[] _dw, _dbias;
    private readonly float[] _bias;

    /// <summary>Makes all three.</summary>
    /// <param name="batch">Images.</param>
    /// <param name="threads">Threads of ours.</param>
    public TorchNodeCost(int batch, int threads)
    {
        manual_seed(1);
        var topology = ComputeTopology.FromThreads(threads);
        _converted = SparseTorch.Convert(_plain, new SparseTorchOptions { Topology = topology }).Model;
        (_x, _dy) = (randn([batch, 16, 8, 8]).requires_grad_(), randn([batch, 16, 8, 8]));
        _plan = new ConvolutionPlan(new ConvolutionShape(batch, 16, 8, 8, 16, 3, 3, padding: 1), new ConvolutionOptions { Topology = topology });
        (_blockedX, _blockedY, _blockedDx, _blockedDy) = (_plan.CreateInput(), _plan.CreateOutput(), _plan.CreateInput(), _plan.CreateOutput());
        _weights = _plan.CreatePackedWeights();
        (_dw, _dbias) = (new float[_plan.Shape.WeightLength], new float[16]);
        using var weight = _plain.parameters().First().detach();
        using var bias = _plain.parameters().Last().detach();
        _bias = bias.data<float>().ToArray();
        _weights.Update(weight.data<float>().ToArray());
        using var x = _x.detach();
        _inputs = [_x, .. _plain.parameters()];
        _blockedX.CopyFromNchw(x.data<float>().ToArray());
        _blockedDy.CopyFromNchw(_dy.data<float>().ToArray());
    }

    /// <summary>The convolution.</summary>
    public ConvolutionShape Shape => _plan.Shape;

    /// <summary>Through torch's autograd.</summary>
    /// <param name="converted">Of the converted module, else of torch's own.</param>
    public void Torch(bool converted)
    {
        using var scope = NewDisposeScope();
        _ = Backward(converted);
    }

    /// <summary>The gradients, for comparison.</summary>
    /// <param name="converted">Of the converted module, else of torch's own.</param>
    public float[] Gradients(bool converted)
    {
        using var scope = NewDisposeScope();
        return [.. Backward(converted).SelectMany(gradient => gradient.data<float>().ToArray())];
    }

    /// <summary>The core's own calls.</summary>
    public void Core()
    {
        _plan.Forward(_blockedX, _weights, _bias, _blockedY);
        _plan.BackwardData(_blockedDy, _weights, _blockedDx);
        _plan.BackwardWeights(_blockedX, _blockedDy, _dw, _dbias);
    }

    /// <summary>Frees all.</summary>
    public void Dispose()
    {
        foreach (var tensor in (BlockedTensor[])[_blockedX, _blockedY, _blockedDx, _blockedDy]) tensor.Dispose();
        _weights.Dispose();
        _plan.Dispose();
        _converted.Dispose();
        _plain.Dispose();
        _x.Dispose();
        _dy.Dispose();
    }

    private IList<Tensor> Backward(bool converted)
    {
        var y = (converted ? _converted : _plain).call(_x);
        return autograd.grad([y], _inputs, [_dy]);
    }
}
