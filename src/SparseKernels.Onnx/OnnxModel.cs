using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Importing;
using SparseKernels.Onnx.Reading;
using SparseKernels.Training;
using SparseKernels.Training.Networks;

namespace SparseKernels.Onnx;

/// <summary>
/// A model read from an ONNX file (https://onnx.ai), opset 7 to 21, of which networks can be made that infer, train and prune. The operators
/// that are read stand in docs/onnx.md.
/// </summary>
public sealed class OnnxModel
{
    private static readonly string[] s_normalisations = ["BatchNormalization", "InstanceNormalization", "GroupNormalization"];

    private readonly OnnxGraph _graph;
    private readonly string _source;

    private OnnxModel(OnnxGraph graph, string source)
    {
        (_graph, _source) = (graph, source);
        Operators = graph.Nodes.GroupBy(node => node.FullOperator, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
    }

    /// <summary>What the file calls its graph; empty if it doesn't say.</summary>
    public string Name => _graph.Name;

    /// <summary>The version of the standard's operators that it uses.</summary>
    public int Opset => _graph.Opset;

    /// <summary>What callers give, constants left out.</summary>
    public IReadOnlyList<OnnxValue> Inputs => _graph.Inputs;

    /// <summary>What callers get.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _graph.Outputs;

    /// <summary>How many nodes it has of each operator.</summary>
    public IReadOnlyDictionary<string, int> Operators { get; }

    /// <summary>What else the file says (<c>metadata_props</c> of the standard), by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _graph.Metadata;

    /// <summary>
    /// Whether there are convolutions with biases but no normalisation, as in a file that was exported for inference: exporters fold batch
    /// normalisation into the convolutions before it. Such a network infers exactly, and it can be fine-tuned and pruned, but without what
    /// normalisation does for training: take a learning rate ten times lower, freeze early layers, or export the model again in training form.
    /// Also true of a model that never had any, such as VGG-16.
    /// </summary>
    public bool IsNormalisationFolded =>
        !s_normalisations.Any(Operators.ContainsKey) && _graph.Nodes.Any(node => node.Operator == "Conv" && node.HasInput(2));

    /// <summary>Reads a file; elements of tensors may lie in files beside it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX model, cut off, of another version, or breaks a rule of the standard: the message says
    /// which.</exception>
    public static OnnxModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.OpenRead(path);
        return new OnnxModel(ModelReader.Read(file, path, Path.GetDirectoryName(Path.GetFullPath(path))), path);
    }

    /// <summary>Reads a model that has no files beside it.</summary>
    /// <param name="stream">What holds it, read to its end.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="IOException">The stream can't be read.</exception>
    /// <exception cref="InvalidDataException">As of <see cref="Load(string)"/>.</exception>
    public static OnnxModel Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new OnnxModel(ModelReader.Read(stream, "the model", folder: null), "the model");
    }

    /// <summary>
    /// Makes a network that computes what the model does. Parameters are called as the model's initialisers, weights of fully connected layers lie
    /// as <c>[K, C·H·W]</c> whatever the file says. An output that is no <c>[N, K]</c> is flattened in the order of C, H and W.
    /// </summary>
    /// <param name="options">Sizes, batch and threads; defaults if null.</param>
    /// <returns>The network, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or names what the model has not.</exception>
    /// <exception cref="InvalidDataException">
    /// The model has operators or settings that are not supported (the message lists all of them with their nodes), no weights, several inputs,
    /// or open sizes that the options don't fill.
    /// </exception>
    public Network ToNetwork(OnnxImportOptions? options = null)
    {
        try
        {
            return NetworkImport.Run(_graph, options ?? new OnnxImportOptions());
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_source}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Makes a predictor that computes what the model does, called by any number of threads at once: normalisation that the model has apart is folded
    /// into its convolutions.
    /// </summary>
    /// <param name="options">Sizes, output, threads and schedule; defaults if null. Its batch and layout are of no account.</param>
    /// <param name="classNames">What each class is called, by its label; none if null.</param>
    /// <returns>The predictor, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, or names what the model has not, or there are not as many names as classes.
    /// </exception>
    /// <exception cref="InvalidDataException">As of <see cref="ToNetwork"/>.</exception>
    public Predictor ToPredictor(OnnxImportOptions? options = null, IReadOnlyList<string>? classNames = null)
    {
        options ??= new OnnxImportOptions();
        var network = ToNetwork(options with { Batch = 1, Layout = null });
        try
        {
            if (classNames is { Count: > 0 } && classNames.Count != network.Classes)
                throw new ArgumentException(
                    $"classNames must have a name for each of the {network.Classes} classes, or none, got {classNames.Count} names.", nameof(classNames));
            return new Predictor(network, new PredictorOptions
            {
                Topology = options.Topology,
                Schedule = options.Schedule,
                Calibration = options.Calibration,
                ClassNames = classNames ?? [],
                OwnsNetwork = true,
            });
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
