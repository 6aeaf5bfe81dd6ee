using SparseKernels.Tensors;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>A pooling that takes the mean of rectangles of pixels; which ones follows from the image's size.</summary>
public abstract class MeanPooling : ResizingLayer
{
    private MeanRange[] _rows = [];
    private MeanRange[] _columns = [];

    private protected MeanPooling(string name)
        : base(name)
    {
    }

    /// <summary>The rows of each output row and the columns of each output column.</summary>
    private protected abstract (MeanRange[] Rows, MeanRange[] Columns) Ranges(FeatureShape input);

    private protected sealed override FeatureShape Resize(FeatureShape input)
    {
        (_rows, _columns) = Ranges(input);
        return new FeatureShape(input.Channels, _rows.Length, _columns.Length);
    }

    private protected sealed override void Write(BlockedTensor x, BlockedTensor y)
    {
        var work = new Means(_rows, _columns, x, y);
        Planes.Run(ref work, x, Workspace.Topology);
    }

    private protected sealed override void WriteGradient(BlockedTensor dy, BlockedTensor dx)
    {
        var work = new MeansBackward(_rows, _columns, dy, dx);
        Planes.Run(ref work, dx, Workspace.Topology);
    }
}
