using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// A directed acyclic graph of layers, made by a <see cref="GraphBuilder"/>: one tensor of images goes in, one comes out. A network is built
/// from it and owns its layers.
/// </summary>
public sealed class NetworkGraph
{
    internal NetworkGraph(FeatureShape input, Layer[] layers, PlacedLayer[] placed) => (Input, Layers, Placed) = (input, layers, placed);

    /// <summary>The sizes of one image of the input.</summary>
    public FeatureShape Input { get; }

    /// <summary>The layers in the order in which they were added; a composite counts as one.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers as they run, what is inside composites one by one; the last gives the output.</summary>
    internal PlacedLayer[] Placed { get; }

    /// <summary>A graph of twins of the layers, for images of other sizes where they are given.</summary>
    internal NetworkGraph Twin(FeatureShape? input = null)
    {
        Layer[] twins = [.. Placed.Select(placed => placed.Layer.Twin())];
        return new(input ?? Input, twins, [.. Placed.Select((placed, i) => new PlacedLayer(twins[i], placed.Inputs, twins[i].Timing))]);
    }

    /// <summary>As <see cref="Layer.Link(ChannelLinks, ChannelSpace)"/>.</summary>
    internal ChannelSpace Link(ChannelLinks links, ChannelSpace input)
    {
        var channels = new ChannelSpace[Placed.Length + 1];
        channels[0] = input;
        for (var i = 0; i < Placed.Length; i++)
        {
            ChannelSpace[] inputs = [.. Placed[i].Inputs.Select(tensor => channels[tensor])];
            channels[i + 1] = Placed[i].Layer.Link(links, inputs);
        }

        return channels[^1];
    }
}
