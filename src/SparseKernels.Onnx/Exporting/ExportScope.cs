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

    public ExportScope(int opset, FeatureShape input, IEnumerable<string> tensors)
    {
        _opset = opset;
        _names.UnionWith([ExportedGraph.InputName, ExportedGraph.OutputName, .. tensors]);
        _shapes.Add(ExportedGraph.InputName, [1, input.Channels, input.Height, input.Width]);
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

    /// <summary>Ends the graph with a value.</summary>
    public ExportedGraph Finish(string output)
    {
        var last = Row(output);
        OnnxNode[] nodes = [.. _nodes.Select(node => node.Outputs[0] == last ? Renamed(node) : node)];
        return new ExportedGraph(_opset, Shape(ExportedGraph.InputName), Shape(last), _constants, nodes);

        static OnnxNode Renamed(OnnxNode node) =>
            new(node.Name, node.Domain, node.Operator, [.. node.Inputs], [ExportedGraph.OutputName], [.. node.Attributes]);
    }

    private string Free(string name)
    {
        var free = name;
        for (var number = 1; !_names.Add(free); number++) free = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
        return free;
    }
}
