using Microsoft.ML.OnnxRuntime;
using SparseKernels.Onnx;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// A network as ONNX Runtime infers it: written as an ONNX file with normalisation folded, its masked weights as plain zeros, which is how
/// ONNX Runtime multiplies them whatever the file says.
/// </summary>
internal sealed class OnnxRuntimeModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly Dictionary<int, Bound> _bound = [];
    private readonly int _imageLength;
    private readonly int _classes;
    private readonly long[] _image;

    /// <summary>Writes a network and loads it.</summary>
    /// <param name="network">The network, as it is now.</param>
    /// <param name="threads">Threads inside an operator; operators run one by one.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime does not take the file.</exception>
    public OnnxRuntimeModel(Network network, int threads)
    {
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, new OnnxExportOptions { FoldNormalisation = true });
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Its workers would spin on our threads' cores between two measurements.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(file.ToArray(), options);
        (_imageLength, _classes) = (network.Input.Length, network.Classes);
        _image = [network.Input.Channels, network.Input.Height, network.Input.Width];
    }

    /// <summary>What it is, for a table.</summary>
    public static string Name { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    /// <summary>The logits of some images.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>; the same array at every call for as many images.</param>
    /// <param name="count">Images N.</param>
    /// <returns><c>[N, K]</c>, overwritten by the next call for as many.</returns>
    public float[] Predict(float[] images, int count)
    {
        if (!_bound.TryGetValue(count, out var bound) || !ReferenceEquals(bound.Images, images))
        {
            bound?.Dispose();
            _bound[count] = bound = new Bound(images, new float[count * _classes], [count, .. _image], [count, _classes]);
        }

        _session.Run(_options, _session.InputNames, [bound.Input], _session.OutputNames, [bound.Output]);
        return bound.Logits;
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        foreach (var bound in _bound.Values) bound.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    /// <summary>Arrays that it reads and writes in place.</summary>
    private sealed class Bound(float[] images, float[] logits, long[] input, long[] output) : IDisposable
    {
        public float[] Images { get; } = images;

        public float[] Logits { get; } = logits;

        public OrtValue Input { get; } = OrtValue.CreateTensorValueFromMemory(images, input);

        public OrtValue Output { get; } = OrtValue.CreateTensorValueFromMemory(logits, output);

        public void Dispose()
        {
            Input.Dispose();
            Output.Dispose();
        }
    }
}
