using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>What ONNX Runtime computes: the reference of all these tests.</summary>
internal static class OnnxRuntime
{
    /// <summary>The first output, or the named one, of a model with one input.</summary>
    public static float[] Run(byte[] model, float[] x, int[] shape, string? output = null)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model, options);
        var input = NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.First(), new DenseTensor<float>(x, shape));
        using var results = session.Run([input], [output ?? session.OutputMetadata.Keys.First()]);
        return [.. results[0].AsTensor<float>()];
    }

    /// <summary>All outputs of a model, by their names.</summary>
    public static Dictionary<string, float[]> Run(byte[] model, IEnumerable<(string Name, float[] Values, int[] Shape)> inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model, options);
        using var results = session.Run([.. inputs.Select(input => NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<float>(input.Values, input.Shape)))]);
        return results.ToDictionary(result => result.Name, result => result.AsTensor<float>().ToArray());
    }
}
