using System.Text;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.AttributeProto.Types;

namespace SparseKernels.Onnx.Reading;

/// <summary>Reads nodes with their attributes.</summary>
internal static class NodeReader
{
    /// <summary>A domain as nodes have it: the standard's own is written in two ways.</summary>
    public static string StandardDomain(string domain) => domain == "ai.onnx" ? "" : domain;

    public static OnnxNode Read(NodeProto node, TensorReader tensors)
    {
        try
        {
            return new OnnxNode(
                node.Name, StandardDomain(node.Domain), node.OpType, [.. node.Input], [.. node.Output],
                [.. node.Attribute.Select(attribute => new OnnxAttribute(attribute.Name, ValueOf(attribute, tensors)))]);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{GraphChecker.Describe(node)}: {e.Message}", e);
        }
    }

    private static object? ValueOf(AttributeProto attribute, TensorReader tensors) => attribute.Type switch
    {
        AttributeType.Float => attribute.F,
        AttributeType.Int => attribute.I,
        AttributeType.String => Encoding.UTF8.GetString(attribute.S.Span),
        AttributeType.Tensor => tensors.Read(attribute.T ?? throw new InvalidDataException($"attribute '{attribute.Name}' has no tensor.")),
        AttributeType.SparseTensor => tensors.Read(attribute.SparseTensor ?? throw new InvalidDataException($"attribute '{attribute.Name}' has no tensor.")),
        AttributeType.Floats => attribute.Floats.ToArray(),
        AttributeType.Ints => attribute.Ints.ToArray(),
        AttributeType.Strings => attribute.Strings.Select(bytes => Encoding.UTF8.GetString(bytes.Span)).ToArray(),
        _ => null,
    };
}
