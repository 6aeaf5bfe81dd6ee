using SparseKernels.Onnx.Exporting;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Writing;

/// <summary>Makes the protobuf of a graph.</summary>
internal static class ModelWriter
{
    private const int LatestOfOpset17 = 8, LatestOfOpset21 = 10;

    public static ModelProto Write(ExportedGraph graph, string name, OnnxExportOptions options)
    {
        var model = new ModelProto
        {
            IrVersion = graph.Opset > 17 ? LatestOfOpset21 : LatestOfOpset17,
            ProducerName = "SparseKernels",
            ProducerVersion = typeof(ModelWriter).Assembly.GetName().Version!.ToString(3),
            Graph = new GraphProto { Name = name },
        };
        model.MetadataProps.Add(options.Metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        model.OpsetImport.Add(new OperatorSetIdProto { Version = graph.Opset });
        model.Graph.Input.Add(Value(ExportedGraph.InputName, graph.Input, options.Batch));
        model.Graph.Output.Add(Value(ExportedGraph.OutputName, graph.OutputShape, options.Batch));
        foreach (var (constant, tensor) in graph.Constants)
        {
            if (options.SparseInitialisers && TensorWriter.IsWorthSparse(tensor)) model.Graph.SparseInitializer.Add(TensorWriter.WriteSparse(constant, tensor));
            else model.Graph.Initializer.Add(TensorWriter.Write(constant, tensor));
        }

        model.Graph.Node.Add(graph.Nodes.Select(NodeWriter.Write));
        return model;
    }

    private static ValueInfoProto Value(string name, int[] shape, int? batch)
    {
        var sizes = new TensorShapeProto();
        sizes.Dim.Add(batch is { } images ? new TensorShapeProto.Types.Dimension { DimValue = images } : new() { DimParam = "batch" });
        sizes.Dim.Add(shape.Skip(1).Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)DataType.Float, Shape = sizes } } };
    }
}
