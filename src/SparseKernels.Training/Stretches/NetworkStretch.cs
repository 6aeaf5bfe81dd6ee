using System.Diagnostics;
using System.Globalization;
using System.Text;
using SparseKernels.Threading;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Stretches;

/// <summary>
/// A graph of layers inside somebody else's network: spans of NCHW or NHWC go in and come out, and loss, optimiser and, if
/// <see cref="Parameter.MoveTo"/> was called, the parameters' memory are the caller's. Several forward passes may be under way before the
/// first goes back; any batch and image sizes follow each other, and what was built for the last ones is kept.
/// </summary>
/// <remarks>
/// Inference may be called by any number of threads at once. Training passes of one stretch run one after another, whoever calls, since
/// they write the same gradients and running statistics; results do not depend on the number of threads. Under
/// <see cref="KernelScheduleMode.Automatic"/> inference tries another layout of the tensors once, behind its 64th call with a number of images,
/// and keeps it if it is faster, so that later calls may round differently.
/// </remarks>
public sealed class NetworkStretch : IDisposable
{
    /// <summary>Image sizes of which the output's are remembered.</summary>
    private const int MostOutputs = 64;

    private readonly NetworkGraph _graph;
    private readonly StretchOptions _options;
    private readonly ComputeTopology _topology;
    private readonly KernelSchedule _schedule;
    private readonly Lock _lock = new();

    /// <summary>What was built, used last at the end.</summary>
    private readonly List<(StretchSize Size, StretchPool Pool)> _pools = [];

    /// <summary>What <see cref="OutputOf"/> found.</summary>
    private readonly Dictionary<FeatureShape, FeatureShape> _outputs = [];

    /// <summary>The layers for inference; null before the first.</summary>
    private FoldedGraph? _folded;
    private bool _disposed;

    /// <summary>Makes a stretch; nothing is built before the first call.</summary>
    /// <param name="graph">The layers; the sizes of the graph's own input need not be those of the images that are passed.</param>
    /// <param name="options">Threads, schedule and memory.</param>
    /// <exception cref="ArgumentNullException"><paramref name="graph"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="graph"/> has several inputs or outputs.</exception>
    public NetworkStretch(NetworkGraph graph, StretchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (graph.Inputs.Count > 1 || graph.Outputs.Length > 1)
            throw new ArgumentException(
                $"graph must have one input and one output, got inputs {string.Join(", ", graph.Inputs.Select(input => $"'{input.Name}'"))} and outputs "
                + $"{string.Join(", ", graph.OutputNames.Select(name => $"'{name}'"))}.", nameof(graph));
        (_graph, _options) = (graph, options ?? new StretchOptions());
        (_topology, _schedule) = (_options.Topology ?? ComputeTopology.Default, _options.Schedule ?? KernelSchedule.Current);
        Parameters = [.. graph.Layers.SelectMany(layer => layer.Parameters)];
    }

    /// <summary>The layers in the order in which they were added; a composite counts as one.</summary>
    public IReadOnlyList<Layer> Layers => _graph.Layers;

    /// <summary>What training changes, in the order of the layers.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Held while a training pass runs.</summary>
    internal Lock Training { get; } = new();

    /// <summary>Runs the layers in training mode.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="image">The sizes of one image.</param>
    /// <param name="step">What random masks derive from, together with the seed: another number gives other masks.</param>
    /// <param name="layout">The order of the elements of x.</param>
    /// <returns>The pass, whose output is copied and which is taken back or disposed.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> is no whole number of images or none, or a layer doesn't fit them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size of <paramref name="image"/> is under 1, or there is no such layout.</exception>
    /// <exception cref="InvalidOperationException">A normalisation finds one value per channel only.</exception>
    /// <exception cref="ObjectDisposedException">The stretch is disposed.</exception>
    public StretchPass Forward(ReadOnlySpan<float> x, FeatureShape image, long step = 0, PlainLayout layout = PlainLayout.Nchw)
    {
        layout.Require(nameof(layout));
        var images = Count(x, image);
        lock (Training)
        {
            var pool = PoolFor(new StretchSize(images, image, Trains: true));
            var start = Stopwatch.GetTimestamp();
            var built = Run(pool, x, layout, training: true, step);
            return new StretchPass(this, pool, built, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>
    /// Runs the layers in inference mode, 16 images at once so that what layers hand on stays in the caches. Each image is treated alone. Batch
    /// normalisation behind a convolution is folded into a copy of its weights, anew behind each change of parameters or running statistics.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="image">The sizes of one image.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>, as <see cref="OutputOf"/> says, overwritten.</param>
    /// <param name="layout">The order of the elements of x.</param>
    /// <param name="outputLayout">The order of the elements of y; that of x by default.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="x"/> is no whole number of images or none, <paramref name="y"/> has another length, or a layer doesn't fit.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A size of <paramref name="image"/> is under 1, or there is no such layout.</exception>
    /// <exception cref="ObjectDisposedException">The stretch is disposed.</exception>
    public void Infer(ReadOnlySpan<float> x, FeatureShape image, Span<float> y, PlainLayout layout = PlainLayout.Nchw, PlainLayout? outputLayout = null)
    {
        layout.Require(nameof(layout));
        var to = outputLayout ?? layout;
        to.Require(nameof(outputLayout));
        var images = Count(x, image);
        var output = OutputOf(image).Length;
        if (y.Length != (long)images * output)
            throw new ArgumentException($"y must have {(long)images * output} elements for {images} images, got {y.Length}.", nameof(y));
        for (var done = 0; done < images;)
        {
            var count = Math.Min(Network.MostAtOnce, images - done);
            var pool = PoolFor(new StretchSize(InferenceNetworks.SizeFor(count), image, Trains: false));
            var start = Stopwatch.GetTimestamp();
            var built = Run(pool, x.Slice(done * image.Length, count * image.Length), layout, training: false, step: 0);
            built.CopyOutput(y.Slice(done * output, count * output), to);
            pool.Return(built, Stopwatch.GetElapsedTime(start).TotalSeconds);
            done += count;
        }
    }

    /// <summary>The sizes of one image of the output for images of some sizes.</summary>
    /// <param name="image">The sizes of one image of the input.</param>
    /// <returns>Those of the output.</returns>
    /// <exception cref="ArgumentException">A layer doesn't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The stretch is disposed.</exception>
    public FeatureShape OutputOf(FeatureShape image)
    {
        image.Require(nameof(image));
        lock (_lock)
        {
            if (_outputs.TryGetValue(image, out var known)) return known;
        }

        using var built = Build(new StretchSize(1, image, Trains: false), BlockedLayout.ChannelBlocked, weights: null);
        lock (_lock)
        {
            if (_outputs.Count >= MostOutputs) _outputs.Clear();
            return _outputs[image] = built.Output;
        }
    }

    /// <summary>What ran for each pair of batch and image sizes that memory is kept for: the layout, and each convolution's plan.</summary>
    /// <returns>Lines of text as of <see cref="ConvolutionPlan.Explain"/>; none before the first call.</returns>
    public string Explain()
    {
        var text = new StringBuilder();
        (StretchSize Size, StretchPool Pool)[] pools;
        lock (_lock) pools = [.. _pools];
        foreach (var (size, pool) in pools)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{size.Images} images of {size.Image}, {(size.Trains ? "training" : "inference")}, {pool.Layout}:");
            pool.Explain(text);
        }

        return text.ToString();
    }

    /// <summary>Frees the memory; that of passes under way when they end. Calling it again does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var (_, pool) in _pools) pool.Dispose();
            _pools.Clear();
            _folded?.Dispose();
            _folded = null;
        }
    }

    private BuiltStretch Run(StretchPool pool, ReadOnlySpan<float> x, PlainLayout layout, bool training, long step)
    {
        var built = pool.Rent();
        try
        {
            built.Forward(_graph, x, layout, training, step);
            return built;
        }
        catch
        {
            pool.Return(built, seconds: null);
            throw;
        }
    }

    private StretchPool PoolFor(StretchSize size)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var at = _pools.FindIndex(entry => entry.Size == size);
            var entry = at >= 0 ? _pools[at] : (size, MakePool(size));
            if (at >= 0) _pools.RemoveAt(at);
            _pools.Add(entry);
            if (_pools.Count > _options.SizesKept)
            {
                _pools[0].Pool.Dispose();
                _pools.RemoveAt(0);
            }

            return entry.Item2;
        }
    }

    private StretchPool MakePool(StretchSize size) => new(
        (layout, weights) => Build(size, layout, weights), LayoutChoice.Under(_schedule, tries: !size.Trains),
        size.Trains ? null : _folded ??= InferenceFolding.Live(_graph));

    private BuiltStretch Build(StretchSize size, BlockedLayout layout, SharedWeights? weights)
    {
        var graph = weights?.Graph ?? _graph;
        var workspace = new Workspace(
            size.Images, _topology, _options.Seed, _schedule, _options.Calibration, layout, Borders.Of(graph.Layers, layout),
            reusesTensors: !size.Trains, weights?.Plans);
        return new BuiltStretch(graph, size.Image, workspace, size.Trains ? BlockedLayout.BatchBlocked : InferenceNetworks.OtherLayout(size.Images), weights);
    }

    private static int Count(ReadOnlySpan<float> x, FeatureShape image)
    {
        image.Require(nameof(image));
        if (x.IsEmpty || x.Length % image.Length != 0)
            throw new ArgumentException($"x must hold one or more images of {image}, {image.Length} elements each, got {x.Length} elements.", nameof(x));
        return x.Length / image.Length;
    }
}
