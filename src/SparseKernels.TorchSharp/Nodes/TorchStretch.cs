using SparseKernels.Training.Graphs;
using SparseKernels.Training.Stretches;
using SparseKernels.Training.Tensors;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>
/// Modules of torch's that run as one <see cref="NetworkStretch"/>: it finds out before every call whether they can, reads parameters and
/// running statistics where torch has them, and puts one node into torch's graph.
/// </summary>
internal sealed class TorchStretch : IDisposable
{
    private readonly NetworkStretch _stretch;
    private readonly LayerBinding[] _layers;
    private readonly ParameterBinding[] _parameters;
    private readonly ModuleHooks _hooks;
    private readonly int _rank;
    private readonly bool _givesRows;
    private readonly bool _draws;
    private readonly PlainLayout? _outputLayout;
    private readonly Lock _training = new();
    private Exception? _failure;

    /// <summary>Makes a stretch of modules.</summary>
    /// <param name="graph">The layers.</param>
    /// <param name="layers">The layers that torch's modules say more about than their sizes.</param>
    /// <param name="modules">All modules that it runs, composed ones too.</param>
    /// <param name="rank">Dimensions of the input: 4 for images, 2 for rows.</param>
    /// <param name="givesRows">Whether the output has 2 dimensions.</param>
    /// <param name="options">Threads, schedule and memory.</param>
    /// <param name="outputLayout">How its outputs lie; null for as torch's own would.</param>
    public TorchStretch(
        NetworkGraph graph, IReadOnlyList<LayerBinding> layers, IEnumerable<AnyModule> modules, int rank, bool givesRows, StretchOptions options,
        PlainLayout? outputLayout)
    {
        (_layers, _rank, _givesRows) = ([.. layers], rank, givesRows);
        _stretch = new NetworkStretch(graph, options);
        _outputLayout = outputLayout;
        _parameters = [.. layers.SelectMany(layer => layer.Parameters)];
        _hooks = new ModuleHooks(modules);
        _draws = layers.Any(layer => layer.Layer is Training.Layers.Elementwise.Dropout);
    }

    /// <summary>The parameters that it reads.</summary>
    public IReadOnlyList<ParameterBinding> Parameters => _parameters;

    /// <summary>Runs the modules, if they can run here just now.</summary>
    /// <param name="x">The input.</param>
    /// <returns>The output; null where torch must run them.</returns>
    /// <exception cref="InvalidOperationException">The last Backward failed; the inner exception says why.</exception>
    public Tensor? TryRun(Tensor x)
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
            throw new InvalidOperationException($"the last Backward of a converted stretch gave no gradients: {failure.Message}", failure);
        StretchNode.FreeGiven();
        if (x.dim() != _rank || !TensorMemory.IsOfOurKind(x) || _hooks.AreThere) return null;
        var sizes = x.shape;
        if (sizes.Contains(0)) return null;
        foreach (var parameter in _parameters)
        {
            if (!parameter.TryRead()) return null;
        }

        if (!_layers.All(layer => layer.CanReadStatistics && layer.HasAllParameters)) return null;
        var image = _rank == 4 ? new FeatureShape((int)sizes[1], (int)sizes[2], (int)sizes[3]) : new FeatureShape((int)sizes[1], 1, 1);
        if (OutputSizes(image, sizes[0]) is not { } output) return null;
        if (TensorMemory.LayoutOf(x) is { } layout) return Run(x, x, layout, sizes, image, output);
        using var plain = x.contiguous();
        return Run(x, plain, PlainLayout.Nchw, sizes, image, output);
    }

    /// <summary>Computes the gradients of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <returns>One for each argument of <see cref="StretchNode"/>.</returns>
    public List<Tensor?> Backward(StretchCall call, Tensor dy)
    {
        var layout = TensorMemory.IsOfOurKind(dy) ? TensorMemory.LayoutOf(dy) : null;
        using var plain = layout is null ? dy.to(ScalarType.Float32).contiguous() : null;
        var gradients = new List<Tensor?> { null, null };
        lock (_training)
        {
            try
            {
                var at = 0;
                foreach (var layer in _layers)
                {
                    var isWritten = call.Wanted.AsSpan(at, layer.Parameters.Count).Contains(true);
                    foreach (var parameter in layer.Parameters)
                    {
                        if (parameter.Prepare(call.Wanted[at++], isWritten) is { } gradient) gradients.Add(gradient);
                    }
                }

                if (call.WantsInput) gradients[1] = TensorMemory.Empty(call.InputSizes, call.InputLayout).DetachFromDisposeScope();
                var from = layout ?? PlainLayout.Nchw;
                call.Pass.Backward(
                    TensorMemory.Floats(plain ?? dy, from), gradients[1] is { } dx ? TensorMemory.Floats(dx, call.InputLayout) : [], from, call.InputLayout);
                return gradients;
            }
            catch
            {
                foreach (var gradient in gradients) gradient?.Dispose();
                throw;
            }
            finally
            {
                foreach (var parameter in _parameters) parameter.ForgetGradient();
            }
        }
    }

    /// <summary>What ran, and on which kernels.</summary>
    public string Explain() => _stretch.Explain();

    /// <summary>Keeps what Backward could not throw until the next call.</summary>
    public void Fail(Exception failure) => _failure = failure;

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _stretch.Dispose();

    private Tensor Run(Tensor x, Tensor plain, PlainLayout layout, long[] sizes, FeatureShape image, long[] output)
    {
        bool[] wanted = [.. _parameters.Select(parameter => parameter.Theirs!.requires_grad)];
        var learns = is_grad_enabled() && (x.requires_grad || wanted.Contains(true));
        if (learns || _layers.Any(layer => layer.Trains)) return Train(x, plain, layout, sizes, image, output, learns, wanted);
        foreach (var layer in _layers) layer.ReadStatistics();
        var to = _outputLayout ?? layout;
        var y = TensorMemory.Empty(output, to);
        _stretch.Infer(TensorMemory.Floats(plain, layout), image, FloatsOfOutput(y, to), layout, to);
        return y;
    }

    private Tensor Train(Tensor x, Tensor plain, PlainLayout layout, long[] sizes, FeatureShape image, long[] output, bool learns, bool[] wanted)
    {
        var step = _draws ? Draw() : 0;
        StretchPass pass;
        lock (_training)
        {
            foreach (var layer in _layers)
            {
                layer.Layer.InfersInTraining = layer.HasModes && !layer.Trains;
                layer.ReadStatistics();
            }

            pass = _stretch.Forward(TensorMemory.Floats(plain, layout), image, step, layout);
            foreach (var layer in _layers) layer.WriteStatistics();
        }

        var to = _outputLayout ?? layout;
        var y = TensorMemory.Empty(output, to);
        pass.CopyOutput(FloatsOfOutput(y, to), to);
        if (!learns)
        {
            pass.Dispose();
            return y;
        }

        using (y)
        {
            var call = new StretchCall(this, pass, y, sizes, layout, x.requires_grad, wanted);
            var learning = _parameters.Where((_, i) => wanted[i]).Select(parameter => (object)parameter.Theirs!);
            return StretchNode.apply([call, x, .. learning]);
        }
    }

    /// <summary>Rows lie alike in both layouts.</summary>
    private Span<float> FloatsOfOutput(Tensor y, PlainLayout layout) => TensorMemory.Floats(y, _givesRows ? PlainLayout.Nchw : layout);

    private long[]? OutputSizes(FeatureShape image, long images)
    {
        try
        {
            var output = _stretch.OutputOf(image);
            if (images * output.Length > int.MaxValue / sizeof(float)) return null;
            return _givesRows ? [images, output.Channels] : [images, output.Channels, output.Height, output.Width];
        }
        catch (ArgumentException)
        {
            // Torch says better what is wrong with its input.
            return null;
        }
    }

    /// <summary>A number from torch's generator, so that its seed counts for random masks.</summary>
    private static long Draw()
    {
        using var grad = no_grad();
        using var number = randint(0, 1L << 40, [1], ScalarType.Int64, CPU);
        return number.item<long>();
    }
}
