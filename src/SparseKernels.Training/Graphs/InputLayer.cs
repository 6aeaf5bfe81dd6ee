using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// Where an input of a graph comes in that is not its first: a layer that reads no tensor and hands on what was loaded. Its memory is no other
/// tensor's.
/// </summary>
/// <param name="name">The input's name.</param>
/// <param name="image">The sizes of one image.</param>
internal sealed class InputLayer(string name, FeatureShape image) : Layer(name)
{
    /// <summary>What it hands on, to be loaded before each Forward; once it is built.</summary>
    public BlockedTensor? Tensor { get; private set; }

    internal override (int Least, int Most) InputCount => (0, 0);

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Reads;

    internal override Layer Twin() => new InputLayer(Name, image);

    internal override ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs)
    {
        var channels = links.Fixed();
        channels.IsFixed = true;
        return channels;
    }

    internal override BlockedTensor Forward(BlockedTensor x, bool training) => Tensor!;

    internal override BlockedTensor Forward(ReadOnlySpan<BlockedTensor> inputs, bool training) => Tensor!;

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        Workspace.Gradients.Return(dy);
        return null;
    }

    internal override void Backward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients) => Workspace.Gradients.Return(dy);

    private protected override FeatureShape Allocate(FeatureShape input) => Allocate([]);

    private protected override FeatureShape Allocate(ReadOnlySpan<FeatureShape> inputs)
    {
        Tensor = Workspace.CreateOwn(image);
        return image;
    }

    private protected override void Release()
    {
        Tensor?.Dispose();
        Tensor = null;
    }
}
