using Google.Protobuf;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.AttributeProto.Types;

namespace SparseKernels.Onnx.Writing;

/// <summary>Writes nodes with their attributes.</summary>
internal static class NodeWriter
{
    public static NodeProto Write(OnnxNode node)
    {
        var proto = new NodeProto { Name = node.Name, OpType = node.Operator, Domain = node.Domain };

        // Optional inputs at the end that are left out are not written.
        proto.Input.Add(node.Inputs.Take(node.Inputs.Count - node.Inputs.Reverse().TakeWhile(input => input.Length == 0).Count()));
        proto.Output.Add(node.Outputs);
        proto.Attribute.Add(node.Attributes.Select(Write));
        return proto;
    }

    private static AttributeProto Write(OnnxAttribute attribute)
    {
        var proto = new AttributeProto { Name = attribute.Name };
        switch (attribute.Value)
        {
            case long value:
                (proto.Type, proto.I) = (AttributeType.Int, value);
                break;
            case float value:
                (proto.Type, proto.F) = (AttributeType.Float, value);
                break;
            case string value:
                (proto.Type, proto.S) = (AttributeType.String, ByteString.CopyFromUtf8(value));
                break;
            case long[] values:
                proto.Type = AttributeType.Ints;
                proto.Ints.Add(values);
                break;
            default:
                throw new ArgumentException(
                    $"attribute '{attribute.Name}' must be an integer, float, string or integers, got {attribute.Value}.", nameof(attribute));
        }

        return proto;
    }
}
