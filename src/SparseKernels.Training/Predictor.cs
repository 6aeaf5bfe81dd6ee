using SparseKernels.Memory;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Inference;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training;

/// <summary>
/// Classifies images with the weights that a network has when it is made. Any number of threads call it at once: each call has tensors for itself, and
/// packed weights are shared. Batch normalisation behind a convolution is folded into its weights, so logits are those of
/// <see cref="Network.Predict(ReadOnlySpan{float}, Span{float})"/> up to rounding, 1e-5 of their range.
/// </summary>
/// <remarks>
/// Images run up to 16 at a time. The first call with a number of images makes tensors and packs weights for so many (rounded up: 1 to 8, 10, 12, 14
/// or 16), the first with several callers at once tensors for each; after that nothing is allocated. Under
/// <see cref="KernelSchedule.Automatic"/> the first call with a number of images also tries two layouts of the tensors, for some seconds with large
/// networks, and keeps the faster; later ones allocate once more where they try another kernel.
/// </remarks>
public sealed class Predictor : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly NetworkGraph _graph;
    private readonly InferenceSettings _settings;
    private readonly Network? _network;
    private readonly bool _givesProbabilities;

    /// <summary>The output that is predicted where none is named.</summary>
    private readonly int _output;

    /// <summary>By number of images, those that were asked for.</summary>
    private readonly InferenceBatch?[] _batches = new InferenceBatch?[Network.MostAtOnce + 1];
    private readonly Lock _making = new();

    /// <summary>Copies a network's weights: training may go on.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">Threads, schedule, names; the defaults where null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// There are not as many names as classes, or a layer of one's own has weights and <see cref="PredictorOptions.OwnsNetwork"/> is not set.
    /// </exception>
    /// <exception cref="InvalidOperationException">A call of the network has not ended.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public Predictor(Network network, PredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new PredictorOptions();
        if (options.ClassNames.Count > 0 && options.ClassNames.Count != network.Classes)
            throw new ArgumentException(
                $"options must name all {network.Classes} classes of {network.Name} or none, got {options.ClassNames.Count} names.", nameof(options));
        (Name, Inputs, Outputs, ClassNames) = (network.Name, network.Inputs, network.Outputs, [.. options.ClassNames]);
        _output = network.LossOutputIndex;
        _settings = new(options.Topology ?? ComputeTopology.Default, options.Schedule ?? KernelSchedule.Current, options.Calibration);
        _graph = network.Take(graph => InferenceFolding.Of(graph, sharesOwn: options.OwnsNetwork));
        _givesProbabilities = _graph.WriterOf(_output) is Softmax;
        _lifetime = new Lifetime(nameof(Predictor), Release);
        if (!options.OwnsNetwork) return;
        if (_graph.Layers.Any(layer => layer is CustomLayer)) _network = network;
        else network.Dispose();
    }

    /// <summary>What the network is called.</summary>
    public string Name { get; }

    /// <summary>The sizes of one image of the first input.</summary>
    public FeatureShape Input => Inputs[0].Image;

    /// <summary>What it reads.</summary>
    public IReadOnlyList<NamedShape> Inputs { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<NamedShape> Outputs { get; }

    /// <summary>Classes K that it tells apart: the channels of the network's <see cref="Network.LossOutput"/>.</summary>
    /// <exception cref="InvalidOperationException">That output is not K×1×1, so there are none.</exception>
    public int Classes => Outputs[_output].Image is { Height: 1, Width: 1 } image
        ? image.Channels
        : throw new InvalidOperationException($"{Name} tells no classes apart: its output '{Outputs[_output].Name}' gives {Outputs[_output].Image}. Name what is wanted.");

    /// <summary>What each class is called, by its label; none where nobody named them.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Reads the network of a training run: of its weights with a running average, that.</summary>
    /// <param name="path">The checkpoint's weights file, <c>name.safetensors</c>, as for <see cref="Checkpoint.Load"/>.</param>
    /// <param name="options">Threads and schedule, names other than the checkpoint's; the defaults where null.</param>
    /// <param name="make">
    /// Makes the network where <see cref="ModelCatalogue"/> knows no model of its name, as <see cref="TrainerOptions.NetworkFactory"/> does.
    /// </param>
    /// <returns>The predictor, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is not a weights file's name, <paramref name="make"/> makes another network, or names and classes don't fit.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no state file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of an unknown model, or older than the sizes of images in it.</exception>
    public static Predictor Load(string path, PredictorOptions? options = null, Func<NetworkRequest, Network>? make = null)
    {
        var checkpoint = Checkpoint.Load(path);
        options ??= new PredictorOptions();
        if (options.ClassNames.Count == 0) options = options with { ClassNames = checkpoint.ClassNames };
        var network = PredictedNetwork.Of(checkpoint, path, options, make);
        try
        {
            return new Predictor(network, options with { OwnsNetwork = true });
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The logits of some images.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>, any N of 1 or more, as the network was trained on: normalised.</param>
    /// <param name="logits"><c>[N, K]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="InvalidOperationException">There are several inputs, or no classes to tell apart: name inputs and outputs.</exception>
    /// <exception cref="ObjectDisposedException">The predictor is disposed.</exception>
    public void Predict(ReadOnlySpan<float> images, Span<float> logits)
    {
        using var use = _lifetime.Enter();
        Run(Check(images, logits, nameof(logits)), logits);
    }

    /// <summary>Some outputs for some images.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>, any N of 1 or more.</param>
    /// <param name="outputs">For each output that is wanted by its name <c>[N, C, H, W]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="ObjectDisposedException">The predictor is disposed.</exception>
    public void Predict(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, IReadOnlyDictionary<string, Memory<float>> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        using var use = _lifetime.Enter();
        var images = new InputImages(Inputs, inputs);
        var wanted = new WantedOutputs(Outputs, outputs, images.Count);
        for (var done = 0; done < images.Count; done += Network.MostAtOnce)
        {
            var count = Math.Min(Network.MostAtOnce, images.Count - done);
            For(count).Run(images.Part(done, count), wanted, done);
        }
    }

    /// <summary>
    /// The probabilities of the classes, <c>exp(z[n,k]) / Σ_j exp(z[n,j])</c> of the logits z; what the network gives itself where its last layer
    /// is a softmax.
    /// </summary>
    /// <param name="images"><c>[N, C, H, W]</c>, any N of 1 or more, normalised.</param>
    /// <param name="probabilities"><c>[N, K]</c>, overwritten; those of an image add up to 1.</param>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="InvalidOperationException">There are several inputs, or no classes to tell apart: name inputs and outputs.</exception>
    /// <exception cref="ObjectDisposedException">The predictor is disposed.</exception>
    public void PredictProbabilities(ReadOnlySpan<float> images, Span<float> probabilities)
    {
        using var use = _lifetime.Enter();
        Run(Check(images, probabilities, nameof(probabilities)), probabilities);
        if (_givesProbabilities) return;
        for (var n = 0; n < probabilities.Length; n += Classes) Logits.ToProbabilities(probabilities.Slice(n, Classes));
    }

    /// <summary>
    /// How tensors between layers lie where so many images are given: by what the convolutions are predicted to take with these weights. Makes the tensors
    /// for so many if no call has.
    /// </summary>
    /// <param name="count">Images, 1 or more; they run up to 16 at a time.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The predictor is disposed.</exception>
    public BlockedLayout LayoutOf(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var use = _lifetime.Enter();
        return For(Math.Min(Network.MostAtOnce, count)).Layout;
    }

    /// <summary>Frees all memory, once calls that run on other threads have ended; later ones throw. Calling it again does nothing.</summary>
    public void Dispose() => _lifetime.Close();

    private void Run(InputImages images, Span<float> logits)
    {
        for (var done = 0; done < images.Count; done += Network.MostAtOnce)
        {
            var count = Math.Min(Network.MostAtOnce, images.Count - done);
            For(count).Run(images.Part(done, count), _output, logits.Slice(done * Classes, count * Classes));
        }
    }

    private InferenceBatch For(int count)
    {
        var size = InferenceNetworks.SizeFor(count);
        if (Volatile.Read(ref _batches[size]) is { } known) return known;
        lock (_making)
        {
            if (_batches[size] is { } other) return other;
            var made = new InferenceBatch(_graph, _settings, size);
            Volatile.Write(ref _batches[size], made);
            return made;
        }
    }

    private void Release()
    {
        foreach (var batch in _batches) batch?.Dispose();
        _network?.Dispose();
    }

    private InputImages Check(ReadOnlySpan<float> images, ReadOnlySpan<float> results, string name)
    {
        if (results.IsEmpty || results.Length % Classes != 0)
            throw new ArgumentException($"{name} must have a multiple of {Classes} elements, K for each image, got {results.Length}.", name);
        return new InputImages(Inputs, images, results.Length / Classes);
    }
}
