using Google.Protobuf;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;

namespace SparseKernels.Onnx.Reading;

/// <summary>Reads the protobuf of a model, and makes a checked graph of it.</summary>
internal static class ModelReader
{
    public const int LowestOpset = 7, HighestOpset = 21;
    private const int LowestIrVersion = 3, HighestIrVersion = 13;

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="folder">Where its side files lie; null if it can have none.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="InvalidDataException">It is no model, cut off, or breaks a rule of the standard.</exception>
    public static OnnxGraph Read(Stream stream, string name, string? folder)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{name} is no ONNX model, or is cut off: {OneLine(e.Message)}", e);
        }

        try
        {
            return Convert(model, new TensorReader(folder));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Makes a checked graph of a model.</summary>
    /// <exception cref="InvalidDataException">It breaks a rule of the standard.</exception>
    public static OnnxGraph Convert(ModelProto model, TensorReader tensors)
    {
        if (model.Graph is null) throw new InvalidDataException("there is no graph: this is no ONNX model.");
        if (model.IrVersion is < LowestIrVersion or > HighestIrVersion)
            throw new InvalidDataException($"ir_version must be {LowestIrVersion} to {HighestIrVersion}, got {model.IrVersion}.");
        if (model.Functions.Count > 0)
            throw new InvalidDataException($"the model has functions of its own ('{model.Functions[0].Name}'), which must be inlined first.");
        var opset = OpsetOf(model);
        GraphChecker.Check(model.Graph);
        var graph = model.Graph;
        var constants = new Dictionary<string, ConstantTensor>(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer) constants.Add(tensor.Name, tensors.Read(tensor));
        foreach (var tensor in graph.SparseInitializer) constants.Add(tensor.Values.Name, tensors.Read(tensor));
        return new OnnxGraph(
            graph.Name, opset, [.. graph.Input.Where(input => !constants.ContainsKey(input.Name)).Select(ValueReader.Read)], [.. graph.Output
                .Select(ValueReader.Read)],
            constants, [.. graph.Node.Select(node => NodeReader.Read(node, tensors))])
        {
            Metadata = MetadataOf(model),
        };
    }

    private static Dictionary<string, string> MetadataOf(ModelProto model)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in model.MetadataProps)
            if (!metadata.TryAdd(entry.Key, entry.Value)) throw new InvalidDataException($"the model's metadata has the key '{entry.Key}' twice.");
        return metadata;
    }

    private static int OpsetOf(ModelProto model)
    {
        var opset = model.OpsetImport.FirstOrDefault(import => NodeReader.StandardDomain(import.Domain).Length == 0)
            ?? throw new InvalidDataException("the model doesn't say which version of the standard's operators it uses (opset_import).");
        return opset.Version is >= LowestOpset and <= HighestOpset
            ? (int)opset.Version
            : throw new InvalidDataException($"operators of opset {LowestOpset} to {HighestOpset} are read, the model's are of {opset.Version}.");
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
