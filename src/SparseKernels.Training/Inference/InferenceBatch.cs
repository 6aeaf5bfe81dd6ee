using SparseKernels.Memory;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Inference;

/// <summary>
/// Networks for one number of images: a caller rents one for itself, and one more is made where all are rented. They share plans and packed
/// weights, so that each has its tensors alone. The layout is chosen once, by what noise takes in each (or the convolutions are predicted to
/// take for it, where bits are to repeat): it follows from the weights, not from who called before.
/// </summary>
internal sealed class InferenceBatch : IDisposable
{
    /// <summary>The predicted share of the time up to which the other layout is tried where times may decide: predictions miss by so much.</summary>
    private const double WorthATrial = 1.5;

    private readonly NetworkGraph _graph;
    private readonly InferenceSettings _settings;
    private readonly int _size;
    private readonly SharedPlans _plans = new();
    private readonly RentalPool<BuiltNetwork> _networks;
    private readonly Lock _building = new();

    /// <summary>Chooses the layout, packs the weights, and makes a first network.</summary>
    /// <param name="graph">The layers, with weights that stay as they are.</param>
    /// <param name="settings">Threads and schedule.</param>
    /// <param name="size">Images.</param>
    /// <exception cref="ArgumentException">A layer doesn't fit the ones before it.</exception>
    public InferenceBatch(NetworkGraph graph, InferenceSettings settings, int size)
    {
        (_graph, _settings, _size) = (graph, settings, size);
        var noise = Noise();
        Layout = Choose(noise);
        _networks = new(Build);
        try
        {
            using var first = _networks.Rent();
            Run(first.Item, noise);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How tensors between layers lie.</summary>
    public BlockedLayout Layout { get; }

    /// <summary>The logits of some images.</summary>
    /// <param name="images"><c>[N, C, H, W]</c> for an N of at most the size.</param>
    /// <param name="logits"><c>[N, K]</c>, overwritten.</param>
    public void Run(ReadOnlySpan<float> images, Span<float> logits)
    {
        using var rented = _networks.Rent();
        var network = rented.Item;
        network.Load(images);
        var output = network.Forward(training: false);
        for (var n = 0; n < logits.Length / network.Classes; n++) output.CopyImage(n, logits.Slice(n * network.Classes, network.Classes));
    }

    public void Dispose()
    {
        _networks.Dispose();
        _plans.Dispose();
    }

    private static void Run(BuiltNetwork network, float[] images)
    {
        network.Load(images);
        network.Forward(training: false);
    }

    private BlockedLayout Choose(float[] images)
    {
        var mode = _settings.Schedule.Mode;
        if (mode is not (KernelScheduleMode.Automatic or KernelScheduleMode.Reproducible)) return BlockedLayout.ChannelBlocked;
        using var plans = new SharedPlans();
        using var network = Build(BlockedLayout.ChannelBlocked, plans);
        Run(network, images);
        var promise = network.PromiseOfOtherLayout();
        var other = network.OtherLayout;
        if (mode == KernelScheduleMode.Reproducible || promise > WorthATrial)
            return promise <= 1 - LayoutChoice.Hysteresis ? other : BlockedLayout.ChannelBlocked;
        using var otherPlans = new SharedPlans();
        using var trial = Build(other, otherPlans);
        return new LayoutTrial(TimeProvider.System).IsSecondFaster(() => Run(network, images), () => Run(trial, images)) ? other : BlockedLayout.ChannelBlocked;
    }

    private BuiltNetwork Build()
    {
        // Plans are looked up while layers are built; two callers may find all networks rented at once.
        lock (_building) return Build(Layout, _plans);
    }

    private BuiltNetwork Build(BlockedLayout layout, SharedPlans plans)
    {
        var workspace = new Workspace(
            _size, _settings.Topology, seed: 0, _settings.Schedule, _settings.Calibration, layout, Borders.Of(_graph.Layers, layout), reusesTensors: true, plans);
        return new BuiltNetwork(_graph.Twin(), workspace, InferenceNetworks.OtherLayout(_size));
    }

    private float[] Noise()
    {
        var random = new RandomSource(seed: 0);
        var noise = new float[_size * _graph.Input.Length];
        foreach (ref var value in noise.AsSpan()) value = random.NextGaussian();
        return noise;
    }
}
