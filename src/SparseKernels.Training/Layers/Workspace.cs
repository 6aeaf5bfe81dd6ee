using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers;

/// <summary>What the layers of a network share while it is built for one batch size.</summary>
internal sealed class Workspace(
    int batch, ComputeTopology topology, ulong seed, KernelSchedule? schedule = null, Calibration? calibration = null,
    BlockedLayout layout = BlockedLayout.ChannelBlocked, Padding2D border = default, bool reusesTensors = false,
    SharedPlans? plans = null) : IDisposable
{
    /// <summary>Where tensors of inference are from; null where every layer keeps its own for Backward.</summary>
    private readonly InferenceTensors? _tensors = reusesTensors ? new(layout, border) : null;
    private Workspace? _channelBlocked;

    /// <summary>Whether it is that of a planar network.</summary>
    private bool _isOfPlanar;
    private List<BlockedTensor> _made = [];
    private int _randomLayers;

    /// <summary>Bytes of tensors that nobody else has.</summary>
    private long _ownBytes;

    public int Batch { get; } = batch;

    public ComputeTopology Topology { get; } = topology;

    public ulong Seed { get; } = seed;

    /// <summary>
    /// Whether layers count zeros for each other. Where images or pixels are the lanes, only those of weights are skipped one by one: plans look
    /// at a sample of the tensors for themselves.
    /// </summary>
    public bool CountsZeros => Schedule.Mode != KernelScheduleMode.Dense && Layout == BlockedLayout.ChannelBlocked && !_isOfPlanar;

    /// <summary>
    /// Whether convolutions take the sums that a normalisation behind them needs: in training, where kernels write tensors in which each
    /// channel has rows of its own.
    /// </summary>
    public bool TakesMoments => Trains && Layout == BlockedLayout.BatchBlocked;

    /// <summary>Whether Backward may follow a Forward.</summary>
    public bool Trains => _tensors is null;

    /// <summary>How convolutions choose their kernels.</summary>
    public KernelSchedule Schedule { get; } = schedule ?? KernelSchedule.Current;

    /// <summary>Training steps taken so far: what random masks derive from.</summary>
    public long Step { get; set; }

    /// <summary>What convolutions predict times from; the machine's own where null.</summary>
    public Calibration? Calibration { get; } = calibration;

    /// <summary>Where networks of the same layers share plans and packed weights; null where each layer has its own.</summary>
    public SharedPlans? Plans { get; } = plans;

    /// <summary>How the tensors between layers lie.</summary>
    public BlockedLayout Layout { get; } = layout;

    /// <summary>The border of all of them: as wide as the widest that any convolution reads.</summary>
    public Padding2D Border { get; } = border;

    public GradientPool Gradients { get; } = new(layout, border);

    /// <summary>Who sees what convolutions read; usually nobody.</summary>
    public IConvolutionObserver? Observer { get; set; }

    /// <summary>The ranks that train together; null for one process alone.</summary>
    public WorkspaceRanks? Ranks { get; set; }

    /// <summary>The bytes of all tensors that layers hand on.</summary>
    public long TensorBytes => _ownBytes + (_tensors?.Bytes ?? 0) + (_channelBlocked?.TensorBytes ?? 0);

    /// <summary>The same with channel-blocked tensors, for layers of a planar network that read no others.</summary>
    public Workspace ChannelBlocked => Layout == BlockedLayout.ChannelBlocked
        ? this
        : _channelBlocked ??= new(Batch, Topology, Seed, Schedule, Calibration, reusesTensors: reusesTensors, plans: Plans) { _isOfPlanar = true };

    /// <summary>
    /// A tensor for a batch of images of these sizes, zero but for what inference left in it: lanes without channel or image, and the border,
    /// are zero whenever it is to be written.
    /// </summary>
    public BlockedTensor CreateTensor(FeatureShape image)
    {
        if (_tensors is null) return CreateOwn(image);
        var tensor = _tensors.Rent(Batch, image.Channels, image.Height, image.Width);
        _made.Add(tensor);
        return tensor;
    }

    /// <summary>A tensor of the owner's, to be disposed by it and never used again for another: an input, the copy of one of another layout.</summary>
    public BlockedTensor CreateOwn(FeatureShape image)
    {
        var tensor = new BlockedTensor(Batch, image.Channels, image.Height, image.Width, Layout, Border);
        _ownBytes += (long)tensor.Length * sizeof(float);
        return tensor;
    }

    /// <summary>What <see cref="CreateTensor"/> made since the last call, of a workspace whose tensors are used again.</summary>
    public IReadOnlyList<BlockedTensor> TakeMade()
    {
        var others = _channelBlocked?.TakeMade() ?? [];
        if (_made.Count == 0) return others;
        (var made, _made) = (_made, []);
        made.AddRange(others);
        return made;
    }

    /// <summary>Lets layers that are built from now on write to a tensor that none before them reads any more.</summary>
    public void Reuse(BlockedTensor tensor)
    {
        if (tensor.Layout == Layout) _tensors!.Return(tensor);
        else ChannelBlocked.Reuse(tensor);
    }

    /// <summary>Whether a tensor of <see cref="TakeMade"/> shares its memory with some of other sizes.</summary>
    public bool SharesMemory(BlockedTensor tensor) =>
        tensor.Layout == Layout ? _tensors?.IsShared(tensor) ?? false : ChannelBlocked.SharesMemory(tensor);

    /// <summary>Numbers the layers that draw random numbers, in the order of the network.</summary>
    public int NextRandomLayer() => _randomLayers++;

    public void Dispose()
    {
        Gradients.Dispose();
        _tensors?.Dispose();
        _channelBlocked?.Dispose();
    }
}
