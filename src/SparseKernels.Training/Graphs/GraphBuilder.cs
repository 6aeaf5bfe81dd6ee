using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// Builds a <see cref="NetworkGraph"/>: each layer is added with the tensors that it reads, which are there already, so that no cycle can come
/// about. Layers run in the order in which they are added. Sizes are inferred and checked when the network is built.
/// </summary>
public sealed class GraphBuilder
{
    private readonly List<Layer> _layers = [];
    private readonly List<PlacedLayer> _placed = [];
    private readonly List<NamedShape> _inputs = [];
    private readonly HashSet<string> _names = [];
    private CompositeLayer? _around;
    private bool _isBuilt;

    /// <summary>Makes the tensor of images that the network reads, called <c>input</c>.</summary>
    /// <param name="image">The sizes of one image.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    /// <exception cref="InvalidOperationException">There is an input already: several have names.</exception>
    public GraphNode Input(FeatureShape image)
    {
        if (_inputs.Count > 0)
            throw new InvalidOperationException($"the graph has an input of {_inputs[0].Image} already; give each of several inputs a name.");
        return Input("input", image);
    }

    /// <summary>Makes one of the tensors of images that the network reads. All are made before the first layer is added.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="image">The sizes of one image.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentException">The name is null, empty, or that of another input.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    /// <exception cref="InvalidOperationException">A layer is there already, or the graph is built.</exception>
    public GraphNode Input(string name, FeatureShape image)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        image.Require(nameof(image));
        ThrowIfBuilt();
        if (_layers.Count > 0) throw new InvalidOperationException($"inputs must be made before the first layer is added, but {_layers[0].Name} is there.");
        if (_inputs.Any(input => input.Name == name)) throw new ArgumentException($"inputs must have different names, but two are called {name}.", nameof(name));
        _inputs.Add(new NamedShape(name, image));
        if (_inputs.Count == 1) return new GraphNode(this, 0);
        var layer = new InputLayer(name, image);
        _placed.Add(new PlacedLayer(layer, [], layer.Timing));
        return new GraphNode(this, _placed.Count);
    }

    /// <summary>Adds a layer.</summary>
    /// <param name="layer">The layer; the network owns it. It runs behind those that were added before.</param>
    /// <param name="inputs">The tensors that it reads: one, but for layers of several inputs.</param>
    /// <returns>The tensor that it writes.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="layer"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The layer or one of its name is in the graph already, takes another number of inputs, or an input is of another builder.
    /// </exception>
    /// <exception cref="InvalidOperationException">The graph is built.</exception>
    public GraphNode Add(Layer layer, params ReadOnlySpan<GraphNode> inputs)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ThrowIfBuilt();
        CheckInputs(layer, inputs);
        if (!_names.Add(layer.Name)) throw new ArgumentException(Twice(layer), nameof(layer));
        if (_around is null) _layers.Add(layer);
        else if (!_around.Owned.Contains(layer))
            throw new ArgumentException($"{_around.Name} must own the layers that it places, but {layer.Name} is not its own.", nameof(layer));
        return layer is CompositeLayer composite ? Place(composite, inputs[0]) : Place(layer, inputs);
    }

    /// <summary>Adds layers in a row, each of which reads what the one before it writes.</summary>
    /// <param name="layers">The layers; none adds nothing.</param>
    /// <param name="input">What the first one reads.</param>
    /// <returns>The tensor that the last one writes.</returns>
    /// <exception cref="ArgumentNullException">The list or a layer is null.</exception>
    /// <exception cref="ArgumentException">As of <see cref="Add"/>.</exception>
    /// <exception cref="InvalidOperationException">The graph is built.</exception>
    public GraphNode AddRow(IEnumerable<Layer> layers, GraphNode input)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (var layer in layers) input = Add(layer, input);
        return input;
    }

    /// <summary>Ends the graph.</summary>
    /// <param name="output">The output, of the layer added last: <c>K×1×1</c> of a network that tells K classes apart.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="output"/> is of another builder, or not written by the layer added last; or what another layer writes is read by none.
    /// </exception>
    /// <exception cref="InvalidOperationException">The graph is built.</exception>
    public NetworkGraph Build(GraphNode output)
    {
        ThrowIfBuilt();
        CheckOutput(output, nameof(output));
        CheckAllRead([output], nameof(output));
        if (output.Tensor != _placed.Count)
            throw new ArgumentException(
                $"output must be what the layer added last writes, {_placed[^1].Layer.Name}, got that of {_placed[output.Tensor - 1].Layer.Name}.", nameof(output));
        return Finish([new GraphOutput("output", output.Tensor)], classifies: true);
    }

    /// <summary>
    /// Ends a graph of one or several named outputs of any sizes. Of which one a loss of class labels is, the network is told
    /// (<see cref="Networks.Network.LossOutput"/>); a loss of one's own sees all of them.
    /// </summary>
    /// <param name="outputs">Names and tensors, each of a layer; the same or another layer may read them too.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="ArgumentException">
    /// There is none, a name is empty or there twice, a tensor is there twice, of another builder or an input; or what a layer writes is no output
    /// and read by none.
    /// </exception>
    /// <exception cref="InvalidOperationException">The graph is built.</exception>
    public NetworkGraph Build(params ReadOnlySpan<(string Name, GraphNode Node)> outputs)
    {
        ThrowIfBuilt();
        if (outputs.Length == 0) throw new ArgumentException("outputs must hold at least one, got none.", nameof(outputs));
        var all = outputs.ToArray();
        foreach (var (name, node) in all)
        {
            if (string.IsNullOrEmpty(name)) throw new ArgumentException("outputs must have names, but one has none.", nameof(outputs));
            CheckOutput(node, nameof(outputs));
            if (all.Count(other => other.Name == name) > 1)
                throw new ArgumentException($"outputs must have different names, but two are called {name}.", nameof(outputs));
            if (all.Count(other => other.Node == node) > 1)
                throw new ArgumentException(
                    $"outputs must be different tensors, but what {_placed[node.Tensor - 1].Layer.Name} writes is there twice.", nameof(outputs));
        }

        CheckAllRead([.. all.Select(output => output.Node)], nameof(outputs));
        return Finish([.. all.Select(output => new GraphOutput(output.Name, output.Node.Tensor))], classifies: false);
    }

    private NetworkGraph Finish(GraphOutput[] outputs, bool classifies)
    {
        _isBuilt = true;
        return new NetworkGraph([.. _inputs], [.. _layers], [.. _placed], outputs, classifies);
    }

    private void CheckOutput(GraphNode output, string argument)
    {
        CheckOwn(output, argument, "output");
        if (IsInput(output.Tensor)) throw new ArgumentException($"output must be what a layer writes, got {Describe(output.Tensor)}.", argument);
    }

    private void CheckAllRead(GraphNode[] outputs, string argument)
    {
        for (var tensor = 0; tensor <= _placed.Count; tensor++)
        {
            if (outputs.Any(output => output.Tensor == tensor) || _placed.Any(placed => placed.Inputs.Contains(tensor))) continue;
            var names = string.Join(", ", outputs.Select(output => _placed[output.Tensor - 1].Layer.Name));
            throw new ArgumentException($"every layer must lead to the output, {names}, but {Describe(tensor)} is read by none.", argument);
        }
    }

    private bool IsInput(int tensor) => tensor < _inputs.Count;

    private string Describe(int tensor) => !IsInput(tensor) ? $"what {_placed[tensor - 1].Layer.Name} writes"
        : _inputs.Count == 1 ? "the graph's input" : $"the graph's input '{_inputs[tensor].Name}'";

    private GraphNode Place(CompositeLayer composite, GraphNode input)
    {
        var (outside, first) = (_around, _placed.Count);
        _around = composite;
        var output = composite.Expand(this, input);
        _around = outside;
        CheckOwn(output, nameof(composite), $"what {composite.Name} composes");
        if (composite.Owned.FirstOrDefault(owned => !_names.Contains(owned.Name)) is { } left)
            throw new ArgumentException($"{composite.Name} must place all layers that it owns, but leaves {left.Name} out.", nameof(composite));
        if (output.Tensor <= first)
            throw new ArgumentException($"{composite.Name} must compose at least one layer and return what it writes.", nameof(composite));
        return output;
    }

    private GraphNode Place(Layer layer, ReadOnlySpan<GraphNode> inputs)
    {
        var tensors = new int[inputs.Length];
        for (var i = 0; i < inputs.Length; i++) tensors[i] = inputs[i].Tensor;
        _placed.Add(new PlacedLayer(layer, tensors, (_around ?? layer).Timing));
        return new GraphNode(this, _placed.Count);
    }

    private void CheckInputs(Layer layer, ReadOnlySpan<GraphNode> inputs)
    {
        var (least, most) = layer.InputCount;
        if (inputs.Length < least || inputs.Length > most)
        {
            var count = least == most ? $"{least}" : most == int.MaxValue ? $"{least} or more" : $"{least} to {most}";
            throw new ArgumentException($"{layer.Name} takes {count} inputs, got {inputs.Length}.", nameof(inputs));
        }

        for (var i = 0; i < inputs.Length; i++) CheckOwn(inputs[i], nameof(inputs), $"input {i} of {layer.Name}");
    }

    private void CheckOwn(GraphNode node, string argument, string what)
    {
        if (ReferenceEquals(node.Builder, this)) return;
        throw new ArgumentException(
            $"{what} must be a tensor of this builder, got {(node.Builder is null ? "one of no builder" : "another builder's")}.", argument);
    }

    private void ThrowIfBuilt()
    {
        if (_isBuilt) throw new InvalidOperationException("the graph is built; a new one needs a builder and layers of its own.");
    }

    private static string Twice(Layer layer)
    {
        var tensor = layer.Parameters.Count > 0 ? $", one of which holds a tensor {layer.Parameters[0].Name}" : "";
        return $"layers must have different names, but two are called {layer.Name}{tensor}.";
    }
}
