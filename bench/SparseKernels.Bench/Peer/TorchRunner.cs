using SparseKernels.Bench.Measuring;
using TorchSharp;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// libtorch's convolution, plain NCHW in and out. Forward is <c>conv2d</c> without gradients. A backward pass is one call of
/// <c>autograd.grad</c> on a graph built once, in which only the wanted operand needs a gradient: inside that time run exactly
/// oneDNN's reorders of its operands, its convolution of that pass and the reorder of the result (seen with ONEDNN_VERBOSE=1),
/// plus about 35 µs of the autograd node itself. Nothing is subtracted.
/// </summary>
internal sealed class TorchRunner : IConvolutionRunner
{
    private readonly ConvolutionData _data;
    private readonly torch.Tensor _x, _w, _dy;
    private torch.Tensor? _wanted, _output;
    private ConvolutionPass _graphOf;

    /// <summary>Copies the operands into libtorch's tensors.</summary>
    /// <param name="data">The operands; the padding must be the same on opposite sides, as libtorch's is.</param>
    public TorchRunner(ConvolutionData data)
    {
        _data = data;
        var shape = data.Shape;
        _x = torch.tensor(data.X, [shape.N, shape.C, shape.H, shape.W]);
        _w = torch.tensor(data.W, [shape.K, shape.GroupC, shape.R, shape.S]);
        _dy = torch.tensor(data.Dy, [shape.N, shape.K, shape.P, shape.Q]);
    }

    /// <inheritdoc/>
    public void Run(ConvolutionPass pass)
    {
        using var scope = torch.NewDisposeScope();
        Call(pass);
    }

    /// <inheritdoc/>
    public float[] Compute(ConvolutionPass pass)
    {
        using var scope = torch.NewDisposeScope();
        return Call(pass).data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetGraph();
        foreach (var tensor in new[] { _x, _w, _dy }) tensor.Dispose();
    }

    private torch.Tensor Call(ConvolutionPass pass)
    {
        if (pass == ConvolutionPass.Forward)
        {
            using var noGradients = torch.no_grad();
            return Convolve(_x, _w);
        }

        if (_output is null || _graphOf != pass) BuildGraph(pass);
        return torch.autograd.grad([_output!], [_wanted!], [_dy], retain_graph: true)[0];
    }

    private void BuildGraph(ConvolutionPass pass)
    {
        ForgetGraph();
        _wanted = (pass == ConvolutionPass.BackwardData ? _x : _w).detach().requires_grad_(true);
        _output = pass == ConvolutionPass.BackwardData ? Convolve(_wanted, _w) : Convolve(_x, _wanted);
        _graphOf = pass;
        _wanted.DetachFromDisposeScope();
        _output.DetachFromDisposeScope();
    }

    private void ForgetGraph()
    {
        _output?.Dispose();
        _wanted?.Dispose();
        (_output, _wanted) = (null, null);
    }

    private torch.Tensor Convolve(torch.Tensor x, torch.Tensor w)
    {
        var (stride, padding, dilation) = (_data.Shape.Stride, _data.Shape.Padding, _data.Shape.Dilation);
        return torch.nn.functional.conv2d(
            x, w, null, [stride.Height, stride.Width], [padding.Top, padding.Left], [dilation.Height, dilation.Width], _data.Shape.Groups);
    }
}
