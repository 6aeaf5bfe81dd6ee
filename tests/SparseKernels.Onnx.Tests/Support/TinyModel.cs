using Google.Protobuf;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.AttributeProto.Types;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>A model that a test puts together.</summary>
internal sealed class TinyModel
{
    private int _nodes;

    public TinyModel(int opset = 17)
    {
        Proto = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "tiny" } };
        Proto.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
    }

    public ModelProto Proto { get; }

    public byte[] Bytes => Proto.ToByteArray();

    /// <summary>Adds an input; a size of 0 is left open.</summary>
    public TinyModel Input(string name, params int[] shape)
    {
        Proto.Graph.Input.Add(Value(name, shape));
        return this;
    }

    public TinyModel Output(string name, params int[] shape)
    {
        Proto.Graph.Output.Add(Value(name, shape));
        return this;
    }

    public TinyModel Weights(string name, int[] shape, float[] values)
    {
        Proto.Graph.Initializer.Add(Floats(name, shape, values));
        return this;
    }

    public TinyModel Integers(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.Add(values);
        Proto.Graph.Initializer.Add(tensor);
        return this;
    }

    public TinyModel Scalar(string name, float value) => Weights(name, [], [value]);

    /// <summary>Adds a node of one output.</summary>
    public TinyModel Node(string name, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = name, Name = $"{name}_{_nodes++}" };
        node.Input.Add(inputs);
        node.Output.Add(output);
        foreach (var (attribute, value) in attributes) node.Attribute.Add(Attribute(attribute, value));
        Proto.Graph.Node.Add(node);
        return this;
    }

    public static TensorProto Floats(string name, int[] shape, float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Float };
        tensor.Dims.Add(shape.Select(size => (long)size));
        tensor.FloatData.Add(values);
        return tensor;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number:
                (attribute.Type, attribute.I) = (AttributeType.Int, number);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case TensorProto tensor:
                (attribute.Type, attribute.T) = (AttributeType.Tensor, tensor);
                break;
            case int[] numbers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.Add(numbers.Select(number => (long)number));
                break;
            case float[] numbers:
                attribute.Type = AttributeType.Floats;
                attribute.Floats.Add(numbers);
                break;
            default:
                throw new ArgumentException($"no attribute is made of {value}.", nameof(value));
        }

        return attribute;
    }

    private static ValueInfoProto Value(string name, int[] shape)
    {
        var sizes = new TensorShapeProto();
        foreach (var size in shape) sizes.Dim.Add(size > 0 ? new TensorShapeProto.Types.Dimension { DimValue = size } : new() { DimParam = "open" });
        var type = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape.Length == 0 ? null : sizes };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
