using SparseKernels.Memory;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// <c>y[n, c, h, w] = exp(x[n, c, h, w]) / Σ_c' exp(x[n, c', h, w])</c>: over the channels of each pixel, as PyTorch's <c>nn.Softmax2d</c>.
/// The largest of a pixel's values is taken off first, so that none overflows.
/// </summary>
/// <param name="name">Its path in the network.</param>
public sealed unsafe class Softmax(string name) : TimedLayer(name)
{
    private BlockedTensor? _x;
    private BlockedTensor? _y;

    /// <summary>For each pixel the largest value and one over the sum, 16 lanes each: Backward finds y anew, whatever became of it.</summary>
    private AlignedBuffer? _pixels;

    internal override Layer Twin() => new Softmax(Name);

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        _x = x;
        var work = new SoftmaxForward(x, _y!, _pixels!.Pointer);
        Planes.Run(ref work, SoftmaxForward.Items(x), x.Length / SoftmaxForward.Items(x), Workspace.Topology);
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!);
        return _y!;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        var work = new SoftmaxBackward(_x!, dy, _pixels!.Pointer);
        Planes.Run(ref work, SoftmaxForward.Items(dy), dy.Length / SoftmaxForward.Items(dy), Workspace.Topology);
        traffic = LayerTraffic.Reading(_x!, dy) + LayerTraffic.Writing(dy);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _y = Workspace.CreateTensor(input);
        _pixels = new AlignedBuffer((long)SoftmaxForward.Items(_y) * input.Width * 2 * Lanes.Count);
        return input;
    }

    private protected override void Release()
    {
        _y?.Dispose();
        _pixels?.Dispose();
        (_x, _y, _pixels) = (null, null, null);
    }
}
