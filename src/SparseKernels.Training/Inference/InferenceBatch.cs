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
    private readonly NetworkGraph _graph;
    private readonly InferenceSettings _settings;
    private readonly int _size;
    private readonly SharedPlans _plans;
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
        _networks = new(Build);
        var (plans, othersPlans) = (new SharedPlans(), new SharedPlans());
        try
        {
            Layout = Choose(noise, plans, othersPlans);
            _plans = Layout == BlockedLayout.ChannelBlocked ? plans : othersPlans;
            using var first = _networks.Rent();
            Run(first.Item, noise);
        }
        catch
        {
            _networks.Dispose();
            plans.Dispose();
            othersPlans.Dispose();
            throw;
        }

        // What the layout that was not chosen was tried with.
        (_plans == plans ? othersPlans : plans).Dispose();
    }

    /// <summary>How tensors between layers lie.</summary>
    public BlockedLayout Layout { get; }

    /// <summary>One output for some images.</summary>
    /// <param name="images">At most as many as the size.</param>
    /// <param name="output">Which output.</param>
    /// <param name="to"><c>[N, C, H, W]</c>, overwritten.</param>
    public void Run(InputImages images, int output, Span<float> to)
    {
        using var rented = _networks.Rent();
        images.Load(rented.Item);
        rented.Item.Forward(training: false);
        rented.Item.CopyOutput(output, to);
    }

    /// <summary>The outputs that are wanted of some images.</summary>
    /// <param name="images">At most as many as the size.</param>
    /// <param name="outputs">Where they are wanted, for more images.</param>
    /// <param name="first">The place of these images among those.</param>
    public void Run(InputImages images, WantedOutputs outputs, int first)
    {
        using var rented = _networks.Rent();
        images.Load(rented.Item);
        rented.Item.Forward(training: false);
        outputs.Take(rented.Item, first, images.Count);
    }

    public void Dispose()
    {
        _networks.Dispose();
        _plans.Dispose();
    }

    private static void Run(BuiltNetwork network, float[][] images)
    {
        for (var i = 0; i < images.Length; i++) network.Load(i, images[i]);
        network.Forward(training: false);
    }

    private BlockedLayout Choose(float[][] images, SharedPlans plans, SharedPlans othersPlans)
    {
        if (LayoutChoice.IsFixedUnder(_settings.Schedule)) return BlockedLayout.ChannelBlocked;
        using var network = Build(BlockedLayout.ChannelBlocked, plans);
        Run(network, images);
        var promise = network.PromiseOfOtherLayout();
        var other = network.OtherLayout;
        if (!LayoutChoice.GoesByTimeUnder(_settings.Schedule) || promise > LayoutChoice.WorthATrial)
            return promise <= 1 - LayoutChoice.Hysteresis ? other : BlockedLayout.ChannelBlocked;
        using var trial = Build(other, othersPlans);
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

    private float[][] Noise()
    {
        var random = new RandomSource(seed: 0);
        var noise = _graph.Inputs.Select(input => new float[_size * input.Image.Length]).ToArray();
        foreach (var images in noise)
        {
            foreach (ref var value in images.AsSpan()) value = random.NextGaussian();
        }

        return noise;
    }
}
