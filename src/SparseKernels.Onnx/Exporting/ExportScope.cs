using System.Globalization;
using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes while they are made. Sizes are followed as a reader of the file would, so that nothing is written that isn't read.</summary>
internal sealed class ExportScope
{
    private readonly Dictionary<string, ConstantTensor> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]> _shapes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly int _opset;
    private readonly IReadOnlyList<NamedShape> _inputs;

    public ExportScope(int opset, IReadOnlyList<NamedShape> inputs, IEnumerable<string> outputs, IEnumerable<string> tensors)
    {
        (_opset, _inputs) = (opset, inputs);
        foreach (var name in inputs.Select(input => input.Name).Concat(outputs).Concat(tensors))
        {
            if (!_names.Add(name)) throw new ArgumentException($"inputs, outputs and parameters of network must have different names, but two are called {name}.");
        }

        foreach (var (name, image) in inputs) _shapes.Add(name, [1, image.Channels, image.Height, image.Width]);
    }

    public int[] Shape(string value) => _shapes[value];

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The name of its output.</returns>
    public string Add(string name, string operatorName, string[] inputs, params OnnxAttribute[] attributes)
    {
        var node = new OnnxNode(name, "", operatorName, inputs, [Free(name)], attributes);
        _shapes.Add(node.Outputs[0], OperatorShapes.Infer(new OperatorCall(node, _opset, _constants, _shapes)));
        _nodes.Add(node);
        return node.Outputs[0];
    }

    /// <summary>A parameter or buffer as an initialiser of its name.</summary>
    public string Weights(string name, int[] shape, float[] values)
    {
        _constants.TryAdd(name, new ConstantTensor(shape, values));
        return name;
    }

    /// <summary>The parameters of a layer, and behind them its buffers.</summary>
    public string[] Tensors(Layer layer) =>
        [.. layer.Parameters.Select(parameter => Weights(parameter.Name, parameter.Shape, parameter.Value)), .. layer.Buffers
            .Select(buffer => Weights(buffer.Name, buffer.Shape, buffer.Values))];

    /// <summary>A constant that is no parameter.</summary>
    public string Constant(string name, ConstantTensor constant)
    {
        var free = Free(name);
        _constants.Add(free, constant);
        return free;
    }

    /// <summary>A value as <c>[N, C, H, W]</c>: fully connected layers leave <c>[N, C]</c>.</summary>
    public string Image(string value) => Shape(value).Length == 4
        ? value
        : Add($"{value}.image", "Unsqueeze", [value, Constant($"{value}.axes", ConstantTensor.Vector(2, 3))]);

    /// <summary>A value as <c>[N, C·H·W]</c>.</summary>
    public string Row(string value) => Shape(value).Length == 2 ? value : Add($"{value}.flat", "Flatten", [value], new OnnxAttribute("axis", 1L));

    /// <summary>Ends the graph with values, each called as the output that it is.</summary>
    public ExportedGraph Finish(IReadOnlyList<(string Name, string Value)> outputs)
    {
        if (outputs.GroupBy(output => output.Value).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"outputs of network must be different values, but {string.Join(" and ", twice.Select(output => output.Name))} are the same.");
        var names = outputs.ToDictionary(output => output.Value, output => output.Name, StringComparer.Ordinal);
        return new ExportedGraph(
            _opset, [.. _inputs.Select(input => new ExportedValue(input.Name, Shape(input.Name)))],
            [.. outputs.Select(output => new ExportedValue(output.Name, Shape(output.Value)))], _constants, [.. _nodes.Select(Renamed)]);

        OnnxNode Renamed(OnnxNode node) =>
            new(node.Name, node.Domain, node.Operator, [.. node.Inputs.Select(Name)], [.. node.Outputs.Select(Name)], [.. node.Attributes]);

        string Name(string value) => names.GetValueOrDefault(value, value);
    }

    private string Free(string name)
    {
        var free = name;
        for (var number = 1; !_names.Add(free); number++) free = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
        return free;
    }
}
