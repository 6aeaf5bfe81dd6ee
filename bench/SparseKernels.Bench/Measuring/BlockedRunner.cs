using SparseKernels.Tensors;

namespace SparseKernels.Bench.Measuring;

/// <summary>Our convolution as layers of a network call it: blocked tensors in and out, weights packed beforehand, dw plain.</summary>
internal sealed class BlockedRunner : IConvolutionRunner
{
    private readonly ConvolutionPlan _plan;
    private readonly PackedWeights _w;
    private readonly BlockedTensor _x, _dx, _y, _dy;
    private readonly float[] _dw;

    /// <summary>Makes the plan and packs the operands.</summary>
    /// <param name="data">The operands.</param>
    /// <param name="options">Threads and instruction set.</param>
    public BlockedRunner(ConvolutionData data, ConvolutionOptions options)
    {
        _plan = new ConvolutionPlan(data.Shape, options);
        _w = _plan.CreatePackedWeights();
        (_x, _dx, _y, _dy) = (_plan.CreateInput(), _plan.CreateInput(), _plan.CreateOutput(), _plan.CreateOutput());
        _dw = new float[data.Shape.WeightLength];
        _w.Update(data.W);
        _x.CopyFromNchw(data.X);
        _dy.CopyFromNchw(data.Dy);
    }

    /// <inheritdoc/>
    public void Run(ConvolutionPass pass)
    {
        switch (pass)
        {
            case ConvolutionPass.Forward: _plan.Forward(_x, _w, [], _y); break;
            case ConvolutionPass.BackwardData: _plan.BackwardData(_dy, _w, _dx); break;
            default: _plan.BackwardWeights(_x, _dy, _dw, []); break;
        }
    }

    /// <inheritdoc/>
    public float[] Compute(ConvolutionPass pass)
    {
        Run(pass);
        return pass switch { ConvolutionPass.Forward => Plain(_y), ConvolutionPass.BackwardData => Plain(_dx), _ => _dw };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { _x, _dx, _y, _dy, _w, _plan }) owned.Dispose();
    }

    private static float[] Plain(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }
}
