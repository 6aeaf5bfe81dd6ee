namespace SparseKernels.Bench.Measuring;

/// <summary>Our convolution with plain NCHW tensors in and out: packing of data and weights is inside the time.</summary>
internal sealed class PlainRunner(ConvolutionData data, ConvolutionOptions options) : IConvolutionRunner
{
    private readonly ConvolutionPlan _plan = new(data.Shape, options);
    private readonly float[] _y = new float[data.Shape.OutputLength];
    private readonly float[] _dx = new float[data.Shape.InputLength];
    private readonly float[] _dw = new float[data.Shape.WeightLength];

    /// <inheritdoc/>
    public void Run(ConvolutionPass pass)
    {
        switch (pass)
        {
            case ConvolutionPass.Forward: _plan.Forward(data.X, data.W, [], _y); break;
            case ConvolutionPass.BackwardData: _plan.BackwardData(data.Dy, data.W, _dx); break;
            default: _plan.BackwardWeights(data.X, data.Dy, _dw, []); break;
        }
    }

    /// <inheritdoc/>
    public float[] Compute(ConvolutionPass pass)
    {
        Run(pass);
        return pass switch { ConvolutionPass.Forward => _y, ConvolutionPass.BackwardData => _dx, _ => _dw };
    }

    /// <inheritdoc/>
    public void Dispose() => _plan.Dispose();
}
