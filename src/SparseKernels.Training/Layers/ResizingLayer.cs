using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers;

/// <summary>A layer without parameters that writes pixels of other images from its own, channel by channel, and keeps nothing for Backward.</summary>
public abstract class ResizingLayer : TimedLayer
{
    private BlockedTensor? _y;
    private FeatureShape _input;

    private protected ResizingLayer(string name)
        : base(name)
    {
    }

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    /// <summary>Finds where pixels go for one size of image.</summary>
    /// <param name="input">The sizes of one image of the input.</param>
    /// <returns>Those of the output.</returns>
    private protected abstract FeatureShape Resize(FeatureShape input);

    /// <summary>Writes y from x.</summary>
    private protected abstract void Write(BlockedTensor x, BlockedTensor y);

    /// <summary>Writes all of dx from dy.</summary>
    private protected abstract void WriteGradient(BlockedTensor dy, BlockedTensor dx);

    private protected sealed override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        Write(x, _y!);
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!);
        return _y!;
    }

    private protected sealed override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        WriteGradient(dy, dx);
        traffic = LayerTraffic.Reading(dy) + LayerTraffic.Writing(dx);
        Workspace.Gradients.Return(dy);
        return dx;
    }

    private protected sealed override FeatureShape Allocate(FeatureShape input)
    {
        _input = input;
        var output = Resize(input);
        _y = Workspace.CreateTensor(output);
        return output;
    }

    private protected sealed override void Release()
    {
        _y?.Dispose();
        _y = null;
    }
}
