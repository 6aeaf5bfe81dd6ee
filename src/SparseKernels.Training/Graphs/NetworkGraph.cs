using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// A directed acyclic graph of layers, made by a <see cref="GraphBuilder"/>: tensors of images go in, one or several come out. A network is built
/// from it and owns its layers.
/// </summary>
public sealed class NetworkGraph
{
    internal NetworkGraph(NamedShape[] inputs, Layer[] layers, PlacedLayer[] placed, GraphOutput[] outputs, bool classifies) =>
        (Inputs, Layers, Placed, Outputs, Classifies) = (inputs, layers, placed, outputs, classifies);

    /// <summary>The sizes of one image of the first input.</summary>
    public FeatureShape Input => Inputs[0].Image;

    /// <summary>The inputs, in the order in which they were made.</summary>
    public IReadOnlyList<NamedShape> Inputs { get; }

    /// <summary>The names of the outputs, in the order in which they were given to the builder.</summary>
    public IReadOnlyList<string> OutputNames => [.. Outputs.Select(output => output.Name)];

    /// <summary>The layers in the order in which they were added; a composite counts as one.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The layers as they run, those of inputs behind the first before all others, what is inside composites one by one.</summary>
    internal PlacedLayer[] Placed { get; }

    /// <summary>What comes out.</summary>
    internal GraphOutput[] Outputs { get; }

    /// <summary>Whether the one output must be the logits of classes.</summary>
    internal bool Classifies { get; }

    /// <summary>The layer that writes an output.</summary>
    internal Layer WriterOf(int output) => Placed[Outputs[output].Tensor - 1].Layer;

    /// <summary>A graph of twins of the layers, for images of other sizes at the first input where they are given.</summary>
    internal NetworkGraph Twin(FeatureShape? input = null)
    {
        Layer[] twins = [.. Placed.Select(placed => placed.Layer.Twin())];
        NamedShape[] inputs = [Inputs[0] with { Image = input ?? Input }, .. Inputs.Skip(1)];
        return new(inputs, twins, [.. Placed.Select((placed, i) => new PlacedLayer(twins[i], placed.Inputs, twins[i].Timing))], Outputs, Classifies);
    }

    /// <summary>A graph of other layers with the same inputs and outputs.</summary>
    internal NetworkGraph With(Layer[] layers, PlacedLayer[] placed, GraphOutput[] outputs) => new([.. Inputs], layers, placed, outputs, Classifies);

    /// <summary>As <see cref="Layer.Link(ChannelLinks, ChannelSpace)"/>.</summary>
    /// <returns>The channels of each output.</returns>
    internal ChannelSpace[] Link(ChannelLinks links, ChannelSpace input)
    {
        var channels = new ChannelSpace[Placed.Length + 1];
        channels[0] = input;
        for (var i = 0; i < Placed.Length; i++)
        {
            ChannelSpace[] inputs = [.. Placed[i].Inputs.Select(tensor => channels[tensor])];
            channels[i + 1] = Placed[i].Layer.Link(links, inputs);
        }

        return Array.ConvertAll(Outputs, output => channels[output.Tensor]);
    }
}
