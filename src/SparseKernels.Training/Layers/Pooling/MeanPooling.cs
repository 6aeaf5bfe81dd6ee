using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>A pooling that takes the mean of rectangles of pixels; which ones follows from the image's size.</summary>
public abstract class MeanPooling : TimedLayer
{
    private MeanRange[] _rows = [];
    private MeanRange[] _columns = [];
    private BlockedTensor? _y;
    private FeatureShape _input;

    private protected MeanPooling(string name)
        : base(name)
    {
    }

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    /// <summary>The rows of each output row and the columns of each output column.</summary>
    private protected abstract (MeanRange[] Rows, MeanRange[] Columns) Ranges(FeatureShape input);

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        var work = new Means(_rows, _columns, x, _y!);
        Planes.Run(ref work, x, Workspace.Topology);
        return _y!;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        var work = new MeansBackward(_rows, _columns, dy, dx);
        Planes.Run(ref work, dx, Workspace.Topology);
        Workspace.Gradients.Return(dy);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _input = input;
        (_rows, _columns) = Ranges(input);
        var output = new FeatureShape(input.Channels, _rows.Length, _columns.Length);
        _y = Workspace.CreateTensor(output);
        return output;
    }

    private protected override void Release()
    {
        _y?.Dispose();
        _y = null;
    }
}
