using SparseKernels.Threading;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Layers in a row, or in a graph, that classify images, built for one batch size: all memory is allocated then, and a training step after the first
/// allocates nothing. For one caller at a time; inside, every step uses all threads of the topology and gives the same bits for any number.
/// </summary>
public sealed partial class Network : IDisposable
{
    private readonly NetworkGraph _graph;
    private readonly ComputeTopology _topology;
    private readonly KernelSchedule _schedule;
    private readonly Calibration? _calibration;
    private readonly ulong _seed;
    private readonly LayerTiming _inputTiming = new("input");
    private readonly LayerTiming _lossTiming = new("loss");
    private readonly LayerTiming _optimiserTiming = new("optimiser");
    private readonly InferenceNetworks _inference;
    private readonly OneCaller _caller;
    private readonly BlockedLayout? _layout;
    private readonly LayoutChoice _choice;
    private BuiltNetwork _training;
    private LossOptions _lossOptions = new();
    private bool _disposed;

    /// <summary>Builds a network and gives its parameters their first values.</summary>
    /// <param name="name">What it is called: <c>resnet20</c>.</param>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="layers">The layers; the last gives K×1×1, one logit for each of K classes. The network owns them.</param>
    /// <param name="batch">Images in a batch; 1 or more.</param>
    /// <param name="seed">What the first values and random masks derive from.</param>
    /// <param name="topology">Threads; the whole machine by default.</param>
    /// <param name="schedule">How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</param>
    /// <param name="calibration">What they predict times from; <see cref="Calibration.Current"/> by default.</param>
    /// <param name="layout">
    /// How tensors between layers lie; by default as the convolutions are predicted to be fastest, channel-blocked to begin with.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// There is no layer with parameters, a name is there twice, or a layer doesn't fit the one before it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batch"/> or a size of <paramref name="input"/> is under 1.</exception>
    public Network(
        string name, FeatureShape input, IReadOnlyList<Layer> layers, int batch, ulong seed = 0, ComputeTopology? topology = null, KernelSchedule? schedule = null,
        Calibration? calibration = null, BlockedLayout? layout = null)
        : this(name, Row(input, layers), batch, seed, topology, schedule, calibration, layout)
    {
    }

    private Network(
        string name, NetworkGraph graph, int batch, ulong seed, ComputeTopology? topology, KernelSchedule? schedule, Calibration? calibration,
        BlockedLayout? layout)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(graph);
        (Name, _graph, _seed) = (name, graph, seed);
        _caller = new OneCaller($"the network '{name}'");
        (_topology, _schedule, _calibration) = (topology ?? ComputeTopology.Default, schedule ?? KernelSchedule.Current, calibration);
        Parameters = [.. graph.Layers.SelectMany(layer => layer.Parameters)];
        State = [.. Parameters.Select(parameter => parameter.ToTensor()), .. graph.Layers.SelectMany(layer => layer.Buffers)];
        if (Parameters.Count == 0) throw new ArgumentException("layers must have at least one parameter among them.", nameof(graph));
        var twice = State.GroupBy(tensor => tensor.Name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new ArgumentException($"layers must have different names, but two hold a tensor {twice.Key}.", nameof(graph));
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (layout is not (null or BlockedLayout.ChannelBlocked or BlockedLayout.BatchBlocked))
            throw new ArgumentOutOfRangeException(nameof(layout), layout, "must be ChannelBlocked or BatchBlocked: those are the layouts that networks train in.");
        _layout = layout;
        _choice = MakeChoice();
        _training = Build(batch, layout ?? BlockedLayout.ChannelBlocked);
        Outputs = [.. graph.OutputNames.Zip(_training.Outputs, (name, image) => new NamedShape(name, image))];
        _inference = new InferenceNetworks(graph, (size, layout) => MakeWorkspace(size, layout, reusesTensors: true), MakeChoice);
        Timings = [_inputTiming, .. graph.Layers.SelectMany(layer => layer.Timings), _lossTiming, _optimiserTiming];
        Initialise();
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Whether its memory is freed.</summary>
    internal bool IsDisposed => _disposed;

    /// <summary>The layers and what they read.</summary>
    internal NetworkGraph Graph => _graph;

    /// <summary>The sizes of one image of the first input.</summary>
    public FeatureShape Input => _graph.Input;

    /// <summary>Classes K that it tells apart: the channels of <see cref="LossOutput"/>.</summary>
    /// <exception cref="InvalidOperationException">That output is not K×1×1, so there are none.</exception>
    public int Classes => IsLogits(_lossOutput)
        ? Outputs[_lossOutput].Image.Channels
        : throw new InvalidOperationException(
            $"{Name} tells no classes apart: its output '{LossOutput}' gives {Outputs[_lossOutput].Image}. Choose another output (LossOutput), or a loss of your own.");

    /// <summary>What training changes, in the order of the layers.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// Parameters and buffers under their PyTorch-style names; the arrays themselves. Whoever writes them calls <see cref="Touch"/>.
    /// </summary>
    public IReadOnlyList<NamedTensor> State { get; }

    /// <summary>Time spent per layer and pass since the last <see cref="ResetTimings"/>.</summary>
    public IReadOnlyList<LayerTiming> Timings { get; }

    /// <summary>
    /// The plans of its convolutions and fully connected layers for <see cref="Batch"/>, in the order of the layers: what they chose, and
    /// why.
    /// </summary>
    public IReadOnlyList<LayerPlan> Plans => _training.Plans;

    /// <summary>Training steps taken; random masks derive from it, so a resumed run sets it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long StepsTaken
    {
        get => _training.Workspace.Step;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _training.Workspace.Step = value;
        }
    }

    /// <summary>
    /// The weights that may be pruned, in the order in which their layers run: of convolutions and fully connected layers, and of layers of
    /// one's own that say so.
    /// </summary>
    internal IReadOnlyList<PrunableWeight> PrunableWeights =>
    [
        .. _graph.Placed.SelectMany(placed => placed.Layer is CustomLayer custom
            ? custom.Parameters.Where(parameter => custom.PrunesWeights && parameter.Shape.Length == 4).Select(weight => new PrunableWeight(custom.Name, weight, 1))
            : placed.Layer.Plans.Select(plan => new PrunableWeight(plan.Name, placed.Layer.Parameters[0], plan.Plan.Shape.Groups))),
    ];

    /// <summary>
    /// Who sees what the convolutions of the batch it is built for read in a training step, fully connected layers left out; usually
    /// nobody.
    /// </summary>
    internal IConvolutionObserver? Observer
    {
        set => _training.Workspace.Observer = value;
    }

    /// <summary>
    /// Bytes of the tensors between the layers for <see cref="Batch"/> images in training, where each is kept for the way back; gradients and
    /// what layers keep beside them left out.
    /// </summary>
    public long ActivationBytes => _training.Workspace.TensorBytes;

    /// <summary>Multiplications of its convolutions for one image and one direction, padding counted as data.</summary>
    public long MultiplyAddsPerImage => Timings.Sum(timing => timing.MultiplyAdds) / Batch;

    /// <summary>Builds a network of a graph of layers and gives its parameters their first values.</summary>
    /// <param name="name">What it is called: <c>resnet20</c>.</param>
    /// <param name="graph">The layers; the last gives K×1×1, one logit for each of K classes. The network owns them.</param>
    /// <param name="batch">Images in a batch; 1 or more.</param>
    /// <param name="seed">What the first values and random masks derive from.</param>
    /// <param name="topology">Threads; the whole machine by default.</param>
    /// <param name="schedule">How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</param>
    /// <param name="calibration">What they predict times from; <see cref="Calibration.Current"/> by default.</param>
    /// <param name="layout">
    /// How tensors between layers lie; by default as the convolutions are predicted to be fastest, channel-blocked to begin with.
    /// </param>
    /// <returns>The network, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// There is no layer with parameters, a tensor's name is there twice, or a layer doesn't fit the ones that it reads.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batch"/> is under 1, or <paramref name="layout"/> none.</exception>
    public static Network FromGraph(
        string name, NetworkGraph graph, int batch, ulong seed = 0, ComputeTopology? topology = null, KernelSchedule? schedule = null,
        Calibration? calibration = null, BlockedLayout? layout = null) => new(name, graph, batch, seed, topology, schedule, calibration, layout);

    /// <summary>Says that tensors of <see cref="State"/> were written from outside.</summary>
    public void Touch()
    {
        foreach (var parameter in Parameters) parameter.Touch();
    }

    /// <summary>Gives all parameters and buffers their first values again: the same for the same seed.</summary>
    public void Initialise()
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            var random = new RandomSource(_seed, RandomStreams.Initialisation, (ulong)i);
            Parameters[i].Initialise(ref random);
        }

        foreach (var layer in _graph.Layers) layer.ResetBuffers();
        StepsTaken = 0;
    }

    /// <summary>Forgets the times of all layers.</summary>
    public void ResetTimings()
    {
        foreach (var timing in Timings) timing.Reset();
    }

    /// <summary>Frees all memory. Calling it again does nothing.</summary>
    /// <exception cref="InvalidOperationException">A call runs on another thread.</exception>
    public void Dispose()
    {
        using var caller = _caller.Enter();
        if (_disposed) return;
        _disposed = true;
        _training.Dispose();
        _inference.Dispose();
    }

    /// <summary>
    /// Puts the channels between layers in the order that gathers like zeros of the masks; see <see cref="ChannelOrdering"/>.
    /// </summary>
    /// <returns>Whether any order changed.</returns>
    internal bool OrderChannels() => ChannelOrdering.Apply(LinkChannels());

    /// <summary>Finds the channels between layers, and all tensors that run over them.</summary>
    internal ChannelLinks LinkChannels()
    {
        var links = new ChannelLinks();
        foreach (var output in _graph.Link(links, links.Fixed())) output.IsFixed = true;
        return links;
    }

    private static NetworkGraph Row(FeatureShape input, IReadOnlyList<Layer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0) throw new ArgumentException("layers must hold at least one layer, got none.", nameof(layers));
        var builder = new GraphBuilder();
        return builder.Build(builder.AddRow(layers, builder.Input(input)));
    }
}
