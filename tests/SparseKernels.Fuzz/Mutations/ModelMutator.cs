using Google.Protobuf;
using SparseKernels.Onnx.Proto;

namespace SparseKernels.Fuzz.Mutations;

/// <summary>Changes what an ONNX model says, not how it is written: most changed bytes would make no message at all.</summary>
/// <param name="random">What it draws from: the same seed makes the same changes.</param>
internal sealed class ModelMutator(Random random)
{
    private const int MostChanges = 3;

    private static readonly long[] s_numbers =
        [0, 1, -1, 2, 3, -2, 5, 7, 64, 1000, 1 << 20, int.MaxValue, int.MinValue, 1L << 32, long.MaxValue, long.MinValue];

    private static readonly float[] s_floats = [0, -1, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 1e-45f];

    private static readonly string[] s_operators =
    [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Relu", "LeakyRelu", "PRelu",
        "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Softmax", "Dropout", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Add", "Sub",
        "Mul", "Div", "Sum", "Concat", "Resize", "Upsample", "Pad", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "ReduceMean", "Shape", "Gather", "Slice",
        "Cast", "Constant", "ConstantOfShape", "Identity", "Transpose", "Range", "Expand", "Split", "Floor", "NoSuchOperator", "",
    ];

    private static readonly string[] s_attributes =
    [
        "axis", "pads", "strides", "dilations", "kernel_shape", "group", "auto_pad", "output_padding", "output_shape", "ceil_mode", "count_include_pad",
        "epsilon", "alpha", "beta", "transA", "transB", "axes", "keepdims", "num_groups", "training_mode", "mode", "value", "allowzero", "perm", "to",
    ];

    private static readonly string[] s_texts = ["", "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "nearest", "linear", "cubic", "reflect", "edge", "x", "y"];

    /// <summary>Some changes, one after the other.</summary>
    public void Change(ModelProto model)
    {
        var graph = model.Graph;
        for (var left = 1 + random.Next(MostChanges); left > 0; left--)
        {
            switch (random.Next(12))
            {
                case 0: model.OpsetImport[0].Version = Number(); break;
                case 1: graph.Node.RemoveAt(random.Next(graph.Node.Count)); break;
                case 2: graph.Node.Insert(random.Next(graph.Node.Count + 1), One(graph.Node).Clone()); break;
                case 3: One(graph.Node).OpType = One(s_operators); break;
                case 4: Rename(One(graph.Node).Input, graph); break;
                case 5: Rename(One(graph.Node).Output, graph); break;
                case 6: Resize((random.Next(3) == 0 ? graph.Output : graph.Input)[0]); break;
                case 7 when graph.Initializer.Count > 0: Change(One(graph.Initializer)); break;
                case 8 when graph.SparseInitializer.Count > 0: Change(One(graph.SparseInitializer)); break;
                default: ChangeAttribute(One(graph.Node)); break;
            }

            if (graph.Node.Count == 0) return;
        }
    }

    private T One<T>(IList<T> list) => list[random.Next(list.Count)];

    private long Number() => random.Next(4) == 0 ? random.Next(-8, 32) : One(s_numbers);

    private void Rename(IList<string> names, GraphProto graph)
    {
        var name = random.Next(4) switch
        {
            0 => "",
            1 when graph.Initializer.Count > 0 => One(graph.Initializer).Name,
            2 => graph.Input[0].Name,
            _ => One(One(graph.Node).Output),
        };
        if (names.Count == 0 || random.Next(4) == 0) names.Insert(random.Next(names.Count + 1), name);
        else names[random.Next(names.Count)] = name;
    }

    private void Resize(ValueInfoProto value)
    {
        if (value.Type?.TensorType is not { } type) return;
        if (random.Next(4) == 0) type.ElemType = (int)Number();
        else if (type.Shape is { Dim.Count: > 0 } sizes) One(sizes.Dim).DimValue = Number();
        else type.Shape = new TensorShapeProto();
    }

    private void Change(TensorProto tensor)
    {
        switch (random.Next(5))
        {
            case 0: tensor.DataType = (int)Number(); break;
            case 1 when tensor.Dims.Count > 0: tensor.Dims[random.Next(tensor.Dims.Count)] = Number(); break;
            case 2: tensor.Dims.Add(Number()); break;
            case 3: tensor.RawData = ByteString.CopyFrom(new Mutator(random).FlipBit([.. tensor.RawData.Span[..random.Next(tensor.RawData.Length + 1)]])); break;
            case 4 when tensor.Int64Data.Count > 0: tensor.Int64Data[random.Next(tensor.Int64Data.Count)] = Number(); break;
            default:
                if (tensor.FloatData.Count > 0) tensor.FloatData[random.Next(tensor.FloatData.Count)] = One(s_floats);
                else tensor.DataLocation = TensorProto.Types.DataLocation.External;
                break;
        }
    }

    private void Change(SparseTensorProto tensor)
    {
        switch (random.Next(3))
        {
            case 0: Change(tensor.Values); break;
            case 1: Change(tensor.Indices); break;
            default: tensor.Dims[random.Next(tensor.Dims.Count)] = Number(); break;
        }
    }

    private void ChangeAttribute(NodeProto node)
    {
        if (node.Attribute.Count == 0 || random.Next(4) == 0) node.Attribute.Add(new AttributeProto { Name = One(s_attributes), Type = AttributeProto.Types.AttributeType.Int });
        var attribute = One(node.Attribute);
        switch (random.Next(7))
        {
            case 0: attribute.Name = One(s_attributes); break;
            case 1: attribute.Type = (AttributeProto.Types.AttributeType)random.Next(12); break;
            case 2: attribute.S = ByteString.CopyFromUtf8(One(s_texts)); break;
            case 3: attribute.F = One(s_floats); break;
            case 4 when attribute.T is not null: Change(attribute.T); break;
            case 5: attribute.Ints.Add(Number()); break;
            default:
                if (attribute.Ints.Count > 0) attribute.Ints[random.Next(attribute.Ints.Count)] = Number();
                else attribute.I = Number();
                break;
        }
    }
}
