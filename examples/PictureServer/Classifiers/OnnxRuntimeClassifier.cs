using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace PictureServer.Classifiers;

/// <summary>ONNX Runtime, which knows no zeros: what the server is compared to.</summary>
internal sealed class OnnxRuntimeClassifier : IClassifier
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <summary>Reads a model.</summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="size">Width and height, if it leaves them open.</param>
    /// <param name="normalisation">What its images were normalised with.</param>
    /// <param name="classNames">What each class is called, or none.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime refuses it, or it takes no colour images as wide as high.</exception>
    public OnnxRuntimeClassifier(byte[] model, string name, int? size, Normalisation? normalisation, IReadOnlyList<string> classNames)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            _session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{name}': {e.Message}", e);
        }

        (_inputs, _outputs) = ([_session.InputMetadata.Keys.First()], [_session.OutputMetadata.Keys.First()]);
        var shape = _session.InputMetadata[_inputs[0]].Dimensions;
        if (shape.Length != 4) throw new InvalidDataException($"'{name}' takes [{string.Join(", ", shape)}]: expected [N, 3, S, S].");
        Input = new FeatureShape(shape[1], Size(shape[2]), Size(shape[3]));
        Classes = _session.OutputMetadata[_outputs[0]].Dimensions[^1];
        (Model, Normalisation, ClassNames) = (name, normalisation, classNames);

        int Size(int given) => given > 0 ? given : size ?? throw new InvalidDataException($"'{name}' leaves its images' size open: give it with --size.");
    }

    public string Engine => "ONNX Runtime";

    public string Model { get; }

    public FeatureShape Input { get; }

    public int Classes { get; }

    public IReadOnlyList<string> ClassNames { get; }

    public Normalisation? Normalisation { get; }

    public void Classify(float[] image, Span<float> probabilities)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(image, [1, Input.Channels, Input.Height, Input.Width]);
        using var outputs = _session.Run(_run, _inputs, [input], _outputs);
        TensorPrimitives.SoftMax(outputs[0].GetTensorDataAsSpan<float>(), probabilities);
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
