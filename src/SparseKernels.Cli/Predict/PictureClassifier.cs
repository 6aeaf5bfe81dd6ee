using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Images;
using SparseKernels.Onnx;
using SparseKernels.Training;
using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Cli.Predict;

/// <summary>A network and how pictures become its images.</summary>
/// <param name="Predictor">The network.</param>
/// <param name="Reader">Reads pictures as it saw them in training.</param>
/// <param name="ClassNames">What each class is called, by its label.</param>
internal sealed record PictureClassifier(Predictor Predictor, PictureReader Reader, IReadOnlyList<string> ClassNames) : IDisposable
{
    private const string ImageNet = "imagenet", NoNormalisation = "none";

    /// <summary>Makes it of a checkpoint or an ONNX file.</summary>
    /// <param name="request">The options.</param>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the input can't be used.</exception>
    public static PictureClassifier Read(PredictRequest request)
    {
        var options = new PredictorOptions { Topology = CommandOptions.TopologyOf(request.Threads) };
        return GivenNetwork.IsOnnx(request.Model) ? OfOnnx(request, options) : OfCheckpoint(request, options);
    }

    public void Dispose() => Predictor.Dispose();

    private static PictureClassifier OfCheckpoint(PredictRequest request, PredictorOptions options)
    {
        if (request.ImageSize is not null) throw new ArgumentException("--image-size is for ONNX files; a checkpoint knows its run's.");
        if (request.Normalisation is not null) throw new ArgumentException("--normalisation is for ONNX files; a checkpoint knows its run's.");
        var given = GivenNetwork.OfCheckpoint(request.Model, options);
        var checkpoint = given.Checkpoint!;
        var predictor = new Predictor(given.Network, options with { OwnsNetwork = true });
        return new PictureClassifier(predictor, PictureReader.Of(checkpoint), NamesOf(request, predictor.Classes, checkpoint.ClassNames));
    }

    private static PictureClassifier OfOnnx(PredictRequest request, PredictorOptions options)
    {
        var path = request.Model;
        var asked = NormalisationOf(request.Normalisation);
        var model = OnnxModel.Load(path);
        var predictor = model.ToPredictor(new OnnxImportOptions { Input = OnnxInput.Of(model, path, request.ImageSize), Topology = options.Topology });
        var reader = new PictureReader(SizeOf(predictor.Input, path), asked ?? OnnxNotes.NormalisationOf(model, path));
        return new PictureClassifier(predictor, reader, NamesOf(request, predictor.Classes, OnnxNotes.ClassNamesOf(model, path)));
    }

    private static IReadOnlyList<string> NamesOf(PredictRequest request, int classes, IReadOnlyList<string> kept)
    {
        if (request.Classes is { } file) return ClassNameFile.Read(file, classes);
        return kept.Count == 0 || kept.Count == classes
            ? kept
            : throw new InvalidDataException($"{request.Model} names {kept.Count} classes, but tells {classes} apart.");
    }

    private static int SizeOf(FeatureShape input, string path) => input.Channels == 3 && input.Height == input.Width
        ? input.Height
        : throw new ArgumentException($"{path} takes images of {input}: expected [3, S, S], red, green and blue and as wide as high.");

    /// <summary>What <c>--normalisation</c> said; null for nothing.</summary>
    private static Normalisation? NormalisationOf(string? text)
    {
        if (text is null) return null;
        if (text == ImageNet) return PictureFolder.ImageNet;
        if (text == NoNormalisation) return new Normalisation([0, 0, 0], [1, 1, 1]);
        try
        {
            return Normalisation.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"--normalisation must be {ImageNet}, {NoNormalisation}, or constants: {Failure.Message(e)}", e);
        }
    }
}
