using Google.Protobuf;
using SparseKernels.Files;
using SparseKernels.Onnx.Exporting;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using SparseKernels.Onnx.Writing;
using SparseKernels.Training.Networks;

namespace SparseKernels.Onnx;

/// <summary>
/// Writes networks as ONNX files (https://onnx.ai): opset 17, or 21 where a network has group normalisation. Input <c>input</c> is
/// <c>[N, C, H, W]</c>, output <c>output</c> <c>[N, K]</c>; initialisers are called as the parameters. What is written keeps the rules that
/// <see cref="OnnxModel"/> checks.
/// </summary>
public static class OnnxExport
{
    /// <summary>Writes or replaces a file. Whoever is killed leaves the old file or the new one, never a part.</summary>
    /// <param name="network">The network, with the weights that it has now.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="options">Form, batch and sparse weights; defaults if null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is null or empty, or layers have no operator in the standard: the message lists them.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is under 1.</exception>
    /// <exception cref="IOException">The file can't be written; the old content is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written; the old content is still there.</exception>
    public static void Save(Network network, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var model = Model(network, options);
        AtomicFile.Write(path, stream => model.WriteTo(stream));
    }

    /// <summary>Writes a model to a stream.</summary>
    /// <param name="network">The network, with the weights that it has now.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="options">Form, batch and sparse weights; defaults if null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> or <paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">Layers have no operator in the standard: the message lists them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is under 1.</exception>
    /// <exception cref="IOException">The stream can't be written.</exception>
    public static void Write(Network network, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Model(network, options).WriteTo(stream);
    }

    private static ModelProto Model(Network network, OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new OnnxExportOptions();
        if (options.Batch is < 1) throw new ArgumentOutOfRangeException(nameof(options), options.Batch, "Batch must be 1 or more.");
        var graph = NetworkExport.Run(network);
        if (options.FoldNormalisation) graph = InferenceFolding.Fold(graph);
        var model = ModelWriter.Write(graph, network.Name, options);
        GraphChecker.Check(model.Graph);
        return model;
    }
}
