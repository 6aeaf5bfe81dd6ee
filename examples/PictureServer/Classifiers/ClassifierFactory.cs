using SparseKernels.Images;
using SparseKernels.Onnx;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace PictureServer.Classifiers;

/// <summary>Makes a classifier of what the command line names.</summary>
internal static class ClassifierFactory
{
    /// <summary>Reads the model, or trains the small one.</summary>
    /// <exception cref="ArgumentException">The class names don't fit the model, or ONNX Runtime is asked to read a checkpoint.</exception>
    /// <exception cref="InvalidDataException">The model is damaged, of another kind, or not one for pictures.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static IClassifier Make(ServerOptions options)
    {
        var classifier = options.Model switch
        {
            null => OfNetwork(SmallNetwork.Train(), options),
            var path when path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) => OfOnnx(path, options),
            var path => OfCheckpoint(path, options),
        };
        if (classifier.Input is { Channels: 3 } input && input.Height == input.Width) return classifier;
        classifier.Dispose();
        throw new InvalidDataException($"'{options.Model}' takes images of {classifier.Input}: expected [3, S, S], for pictures.");
    }

    private static IClassifier OfNetwork(Network network, ServerOptions options)
    {
        if (!options.UsesOnnxRuntime)
            return new SparseClassifier(Predict(network, SmallNetwork.ClassNames), SmallNetwork.Normalisation);
        using (network)
        {
            using var model = new MemoryStream();
            OnnxExport.Write(network, model, new OnnxExportOptions { FoldNormalisation = true });
            return new OnnxRuntimeClassifier(model.ToArray(), network.Name, null, SmallNetwork.Normalisation, SmallNetwork.ClassNames);
        }
    }

    private static IClassifier OfOnnx(string path, ServerOptions options)
    {
        IReadOnlyList<string> names = options.ClassFile is { } file ? File.ReadAllLines(file) : [];
        var name = Path.GetFileNameWithoutExtension(path);
        if (options.UsesOnnxRuntime) return new OnnxRuntimeClassifier(File.ReadAllBytes(path), name, options.Size, normalisation: null, names);
        var import = new OnnxImportOptions
        {
            Name = name,
            Input = options.Size is { } size ? new FeatureShape(3, size, size) : null,
            Topology = SparseClassifier.Options.Topology,
        };
        return new SparseClassifier(Predict(OnnxModel.Load(path).ToNetwork(import), names), normalisation: null);
    }

    private static Predictor Predict(Network network, IReadOnlyList<string> names)
    {
        try
        {
            return new Predictor(network, SparseClassifier.Options with { ClassNames = names });
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static SparseClassifier OfCheckpoint(string path, ServerOptions options)
    {
        if (options.UsesOnnxRuntime) throw new ArgumentException($"--onnxruntime needs an ONNX file, got '{path}'.");
        var reader = PictureReader.Of(Checkpoint.Load(path));
        var names = options.ClassFile is { } file ? SparseClassifier.Options with { ClassNames = File.ReadAllLines(file) } : SparseClassifier.Options;
        return new SparseClassifier(Predictor.Load(path, names), reader.Normalisation);
    }
}
