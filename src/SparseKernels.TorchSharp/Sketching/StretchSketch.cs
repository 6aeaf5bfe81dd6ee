using SparseKernels.TorchSharp.Nodes;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Tensors;

namespace SparseKernels.TorchSharp.Sketching;

/// <summary>
/// Draws the graph of a stretch from torch's modules, as far as they can be followed: what a BatchNorm2d, ReLU, pooling and sum do in a row
/// becomes one layer.
/// </summary>
internal sealed class StretchSketch
{
    private readonly GraphBuilder _builder = new();
    private readonly List<LayerBinding> _layers = [];
    private readonly HashSet<AnyModule> _modules = new(ReferenceEqualityComparer.Instance);
    private readonly int _rank;
    private readonly SketchNode _input;

    private readonly KnownBlocks _blocks;
    private int _named;

    /// <summary>The modules' names in the model; null where layers are only numbered.</summary>
    private readonly IReadOnlyDictionary<AnyModule, string>? _names;

    private StretchSketch(int rank, KnownBlocks blocks, FeatureShape? image = null, IReadOnlyDictionary<AnyModule, string>? names = null) =>
        (_rank, _blocks, _names, _input) = (rank, blocks, names, new SketchNode(_builder.Input(image ?? new FeatureShape(1, 1, 1)), rank));

    /// <summary>Draws a stretch of the longest row of modules from the first on that can be followed.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="blocks">What is known of composed modules.</param>
    /// <param name="options">What it runs on, and how its outputs lie.</param>
    /// <param name="taken">How many modules the stretch runs.</param>
    /// <param name="why">Why it ends there, or is none; null where it takes all.</param>
    /// <returns>The stretch; null where not even the first module can be followed, or none of them multiplies.</returns>
    public static TorchStretch? TryDraw(IReadOnlyList<TensorModule> modules, KnownBlocks blocks, SparseTorchOptions options, out int taken, out string? why)
    {
        var rank = 4;
        (taken, why) = Follow(modules, rank, blocks);
        if (Follow(modules, 2, blocks) is var rows && rows.Reach > taken) (rank, taken, why) = (2, rows.Reach, rows.Why);
        if (taken == 0) return null;
        var sketch = new StretchSketch(rank, blocks);
        var end = sketch.Close(sketch.Row(modules.Take(taken), sketch._input), relu: false, addend: null);
        if (sketch._modules.Any(module => ModuleParameters.Of(module) is { Multiplies: true }))
            return new TorchStretch(sketch._builder.Build(end.Node), sketch._layers, sketch._modules, rank, end.Rank == 2, options.ToStretch(), options.ChannelsLast ? PlainLayout.Nhwc : null);
        why ??= "there is no convolution among them";
        return null;
    }

    /// <summary>Draws the whole of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="blocks">What is known of composed modules.</param>
    /// <param name="image">The sizes of one image, or <c>[C, 1, 1]</c> for rows.</param>
    /// <param name="layers">The layers with what torch's modules say of them.</param>
    /// <returns>The graph, whose layers are called as the modules are.</returns>
    /// <exception cref="NotSupportedException">A module can't be followed; the message says which and why.</exception>
    public static NetworkGraph Draw(TensorModule model, KnownBlocks blocks, FeatureShape image, out IReadOnlyList<LayerBinding> layers)
    {
        var names = new Dictionary<AnyModule, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, module) in DeclaredModules.In(model)) names.TryAdd(module, name);
        NotSupportedException? first = null;
        foreach (var rank in image is { Height: 1, Width: 1 } ? (int[])[4, 2] : [4])
        {
            var sketch = new StretchSketch(rank, blocks, image, names);
            try
            {
                var end = sketch.Close(sketch.Add(model, sketch._input), relu: false, addend: null);
                layers = sketch._layers;
                return end.Rank == 2 ? sketch._builder.Build(end.Node) : sketch._builder.Build(("output", end.Node));
            }
            catch (NotSupportedException e)
            {
                first ??= e;
            }
        }

        throw first!;
    }

    /// <summary>How many modules can be followed, and why not the next one.</summary>
    private static (int Reach, string? Why) Follow(IReadOnlyList<TensorModule> modules, int rank, KnownBlocks blocks)
    {
        if (ModuleLayers.ChangesInput(modules[0]))
            return (0, $"{modules[0].GetType().Name} changes its input in place");
        var sketch = new StretchSketch(rank, blocks);
        var at = sketch._input;
        for (var i = 0; i < modules.Count; i++)
        {
            try
            {
                at = sketch.Add(modules[i], at);
            }
            catch (Exception e) when (e is NotSupportedException or ArgumentException)
            {
                return (i, e.Message);
            }
        }

        return (modules.Count, null);
    }

    private SketchNode Row(IEnumerable<TensorModule> modules, SketchNode at)
    {
        foreach (var module in modules) at = Add(module, at);
        return at;
    }

    private SketchNode Add(TensorModule module, SketchNode at)
    {
        if (!_modules.Add(module)) throw new NotSupportedException($"{module.GetType().Name} runs twice");
        if (PlainRow.IsRow(module)) return Row(PlainRow.Of((TorchModules.Sequential)module), at);
        if (_blocks.Of(module) is { } block) return Add(module, block, at);
        if (module is TorchModules.BatchNorm2d next)
        {
            Expect(at, 4, module);
            if (ModuleLayers.WhyNot(next) is { } why) throw new NotSupportedException(why);
            return Close(at, relu: false, addend: null) with { Norm = next };
        }

        switch (at)
        {
            case { Norm: not null, HasRelu: false } when module is TorchModules.ReLU:
                return at with { HasRelu = true };
            case { Norm: not null, HasRelu: true } when module is TorchModules.MaxPool2d pool && SizeOfPooled(pool) is { } size:
                var norm = at.Norm!;
                var pooled = new PooledBatchNorm2d(Name("pooled", norm), Int(norm.num_features), size, (float)norm.eps, (float)norm.momentum!);
                return new SketchNode(_builder.Add(Bind(norm, pooled), at.Node), 4);
        }

        at = Close(at, relu: false, addend: null);
        var rank = module is TorchModules.Flatten ? 2 : at.Rank;
        if (ModuleLayers.RankOf(module) is { } expected) Expect(at, expected, module);
        if (module is TorchModules.Flatten && at.Rank == 2) return at;
        return ModuleLayers.Of(module, Name(module.GetType().Name, module)) is { } layer ? new SketchNode(_builder.Add(Bind(module, layer), at.Node), rank) : at;
    }

    private SketchNode Add(TensorModule module, BlockDescription block, SketchNode at)
    {
        var row = KnownBlocks.RowOf(module, block);
        if (KnownBlocks.BesideOf(module, block) is not { } ways)
        {
            at = Row(row, at);
            return block.HasRelu ? Close(at, relu: true, addend: null) : at;
        }

        at = Close(at, relu: false, addend: null);
        var beside = Close(Row(ways, at), relu: false, addend: null);
        return Close(Row(row, at), block.HasRelu, beside.Node);
    }

    /// <summary>Ends an open normalisation, with a sum and a ReLU as parts of it.</summary>
    private SketchNode Close(SketchNode at, bool relu, GraphNode? addend)
    {
        if (at.Norm is { } norm && !(at.HasRelu && addend is not null))
        {
            var layer = Bind(norm, new BatchNorm2d(Name("norm", norm), Int(norm.num_features), relu || at.HasRelu, (float)norm.eps, (float)norm.momentum!));
            return new SketchNode(addend is { } second ? _builder.Add(layer, at.Node, second) : _builder.Add(layer, at.Node), 4);
        }

        at = at.Norm is null ? at : Close(at, relu: false, addend: null);
        if (addend is { } other) return at with { Node = _builder.Add(new Add(Name("sum"), relu), at.Node, other) };
        return relu ? at with { Node = _builder.Add(new Relu(Name("relu")), at.Node) } : at;
    }

    private Layer Bind(TensorModule module, Layer layer)
    {
        var known = ModuleParameters.Of(module);
        ParameterBinding[] parameters = known is null ? [] : [.. layer.Parameters.Zip(known.All, (ours, get) => new ParameterBinding(get, ours, known.MayFreeze))];

        // A normalisation without weight and bias multiplies by 1 and adds 0.
        if (module is TorchModules.BatchNorm2d && parameters.Length == 0) layer.Parameters[0].Values.Fill(1);
        if (module is TorchModules.BatchNorm2d or TorchModules.Dropout || parameters.Length > 0) _layers.Add(new LayerBinding(module, layer, parameters));
        return layer;
    }

    private static int? SizeOfPooled(TorchModules.MaxPool2d pool)
    {
        if (Windows.Size(pool.kernel_size) is not { } size || size.Height != size.Width || size.Height is < 1 or > 15 || pool.ceil_mode) return null;
        var isPlain = Windows.Size(pool.padding, byDefault: 0) == (Size2D)0 && Windows.Size(pool.dilation, byDefault: 1) == (Size2D)1;
        return isPlain && Windows.Size(pool.stride, size) == size ? size.Height : null;
    }

    private static void Expect(SketchNode at, int rank, AnyModule module)
    {
        if (at.Rank != rank) throw new NotSupportedException($"{module.GetType().Name} on {at.Rank} dimensions is not supported");
    }

    private static int Int(long size) => checked((int)size);

    private string Name(string kind, AnyModule? module = null) => module is not null && _names?.GetValueOrDefault(module) is { Length: > 0 } name ? name : $"{_named++}.{kind}";
}
