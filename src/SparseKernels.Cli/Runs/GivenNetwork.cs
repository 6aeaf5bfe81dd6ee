using System.Globalization;
using SparseKernels.Onnx;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;

namespace SparseKernels.Cli.Runs;

/// <summary>A network as a command is given it: the checkpoint of a run, an ONNX file, or one of the library's models with fresh weights.</summary>
internal sealed class GivenNetwork : IDisposable
{
    private const string OnnxExtension = ".onnx";

    private GivenNetwork(Network network, string title) => (Network, Title) = (network, title);

    /// <summary>The network, for one image at a time.</summary>
    public Network Network { get; }

    /// <summary>What it is and where its weights are from, in a few words.</summary>
    public string Title { get; }

    /// <summary>What the run's checkpoint keeps; null where there is none.</summary>
    public Checkpoint? Checkpoint { get; private init; }

    /// <summary>Whether a name is that of an ONNX file.</summary>
    public static bool IsOnnx(string given) => given.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads or makes it.</summary>
    /// <param name="given">An <c>.onnx</c> file, the name of a model, or what names a checkpoint.</param>
    /// <param name="size">What <c>--image-size</c> said.</param>
    /// <param name="options">Threads and schedule.</param>
    /// <exception cref="IOException">There is nothing of that name, or it can't be read.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of a network that can't be made.</exception>
    /// <exception cref="ArgumentException">The size is missing, or can't be chosen.</exception>
    public static GivenNetwork Read(string given, int? size, PredictorOptions options)
    {
        if (IsOnnx(given)) return OfOnnx(given, size, options);
        if (ModelCatalogue.Names.Contains(given)) return OfModel(given, size, options);
        if (size is not null) throw new ArgumentException($"--image-size is for ONNX files and the library's models; the checkpoint '{given}' knows its own.");
        try
        {
            return OfCheckpoint(given, options);
        }
        catch (FileNotFoundException e)
        {
            throw new FileNotFoundException(
                $"{e.Message} Expected a checkpoint, an {OnnxExtension} file, or one of {string.Join(", ", ModelCatalogue.Names)}.", e);
        }
    }

    /// <summary>Reads the network of a run.</summary>
    /// <param name="given">A weights or state file, with or without extension, or a folder for the latest run in it.</param>
    /// <param name="options">Threads and schedule.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="InvalidDataException">It is damaged, of an unknown model, or of a build that kept no sizes.</exception>
    /// <exception cref="ArgumentException">There are weights alone, without what the run was.</exception>
    public static GivenNetwork OfCheckpoint(string given, PredictorOptions options)
    {
        if (RunFiles.WeightsAlone(given) is { } alone)
            throw new ArgumentException($"'{alone}' has no state file beside it that says what it is: a run's checkpoint is both.");
        var path = RunFiles.ForResume(given, chosen: null);
        var checkpoint = Checkpoint.Load(path);
        var network = PredictedNetwork.Of(checkpoint, path, options, make: null);
        var title = string.Create(CultureInfo.InvariantCulture, $"{network.Name} of {path} after {checkpoint.Progress.Epoch} epochs");
        return new GivenNetwork(network, title) { Checkpoint = checkpoint };
    }

    public void Dispose() => Network.Dispose();

    private static GivenNetwork OfOnnx(string path, int? size, PredictorOptions options)
    {
        var model = OnnxModel.Load(path);
        return new GivenNetwork(
            model.ToNetwork(new OnnxImportOptions
            {
                Name = Path.GetFileNameWithoutExtension(path),
                Input = OnnxInput.Of(model, path, size),
                Topology = options.Topology,
                Schedule = options.Schedule,
            }),
            $"{path} (opset {model.Opset.ToString(CultureInfo.InvariantCulture)})");
    }

    private static GivenNetwork OfModel(string name, int? size, PredictorOptions options)
    {
        var (input, classes) = UsualSizes.Of(name);
        if (size is { } asked) input = input with { Height = asked, Width = asked };
        return new GivenNetwork(
            ModelCatalogue.Create(name, input, classes, batch: 1, topology: options.Topology, schedule: options.Schedule), $"{name} with fresh weights");
    }
}
