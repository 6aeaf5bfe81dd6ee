using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// A graph built for a batch: layers run in their order, and back in the opposite one. The gradients of a tensor that several layers read are
/// added up before the layer that wrote it sees them; what leads to no parameter gets none. Nothing is allocated per step.
/// </summary>
internal sealed class BuiltGraph : IDisposable
{
    private readonly Step[] _steps;

    /// <summary>The tensors that are given out.</summary>
    private readonly int[] _outputs;
    private readonly Workspace _workspace;
    private readonly BlockedTensor[] _tensors;
    private readonly BlockedTensor?[] _gradients;

    /// <summary>By tensor: a part of its gradient that the layer that wrote it adds to the other one.</summary>
    private readonly BlockedTensor?[] _seconds;

    /// <summary>What is known of the outputs' zeros.</summary>
    private readonly ActivationZeros[] _zeros;

    /// <summary>By tensor: whether a layer that it depends on has a parameter that is not frozen, as of the last Backward.</summary>
    private readonly bool[] _learns;

    /// <summary>By tensor: its copy in another layout, where a layer of a planar network reads one.</summary>
    private readonly Conversion?[] _conversions;

    /// <summary>Builds the layers, each behind those that it reads; what an earlier build of them allocated is given back.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="workspace">Batch, threads and schedule.</param>
    /// <param name="mayWriteInput">Whether nobody else reads the input.</param>
    /// <param name="zeros">What is known of the input's zeros; null for nothing.</param>
    /// <exception cref="ArgumentException">A layer doesn't fit the ones before it.</exception>
    public BuiltGraph(NetworkGraph graph, FeatureShape input, Workspace workspace, bool mayWriteInput, ActivationZeros? zeros = null)
    {
        _workspace = workspace;
        var placed = graph.Placed;
        _outputs = Array.ConvertAll(graph.Outputs, output => output.Tensor);
        var lifetimes = new TensorLifetimes(placed, graph.Outputs, mayWriteInput);
        var shapes = new FeatureShape[placed.Length + 1];
        var known = new ActivationZeros?[placed.Length + 1];
        (shapes[0], known[0]) = (input, zeros);
        var layouts = new BlockedLayout[placed.Length + 1];
        layouts[0] = workspace.Layout;
        var conversions = new Conversion?[placed.Length + 1];
        if (zeros is not null) zeros.IsShared |= lifetimes.Readers(0) > 1;
        for (var i = 0; i < placed.Length; i++)
        {
            var (layer, inputs) = (placed[i].Layer, placed[i].Inputs);
            FeatureShape[] sizes = [.. inputs.Select(t => shapes[t])];
            layouts[i + 1] = inputs.Length == 0 ? workspace.Layout : LayoutOf(layer, sizes, layouts[inputs[0]], workspace);
            var own = layouts[i + 1] == workspace.Layout ? workspace : workspace.ChannelBlocked;
            foreach (var tensor in inputs.Where(tensor => layouts[tensor] != layouts[i + 1]))
                conversions[tensor] ??= new Conversion(own.CreateOwn(shapes[tensor]));
            layer.MayWriteInput = inputs.Length > 0 && lifetimes.MayOverwrite(inputs[0]) && layouts[inputs[0]] == layouts[i + 1];
            shapes[i + 1] = layer.Build(sizes, own, [.. inputs.Select(t => known[t])]);
            known[i + 1] = layer.OutputZeros;
            layer.OutputZeros.IsShared = lifetimes.Readers(i + 1) > 1;
            lifetimes.Release(i, workspace);
        }

        Shapes = Array.ConvertAll(_outputs, tensor => shapes[tensor]);
        _zeros = Array.ConvertAll(_outputs, tensor => known[tensor]!);
        _tensors = new BlockedTensor[placed.Length + 1];
        _gradients = new BlockedTensor?[placed.Length + 1];
        _seconds = new BlockedTensor?[placed.Length + 1];
        _learns = new bool[placed.Length + 1];
        _conversions = conversions;
        _steps = [.. placed.Select((at, i) => new Step(
            at, layouts[i + 1], [.. at.Inputs.Select(tensor => layouts[tensor] != layouts[i + 1])],
            [.. lifetimes.MadeBy(i).Where(workspace.SharesMemory)]))];
        Plans = [.. placed.SelectMany(at => at.Layer.Plans)];
    }

    /// <summary>The sizes of one image of each output.</summary>
    public FeatureShape[] Shapes { get; }

    /// <summary>What is known of the first output's zeros.</summary>
    public ActivationZeros OutputZeros => _zeros[0];

    /// <summary>The plans of all convolutions, in the order in which they run.</summary>
    public IReadOnlyList<LayerPlan> Plans { get; }

    /// <summary>As <see cref="Layer.Forward(BlockedTensor, bool)"/>.</summary>
    public BlockedTensor Forward(BlockedTensor x, bool training)
    {
        _tensors[0] = x;
        foreach (var conversion in _conversions) conversion?.IsDone = false;
        for (var i = 0; i < _steps.Length; i++)
        {
            var step = _steps[i];
            for (var j = 0; j < step.Inputs.Length; j++) step.X[j] = step.Converts[j] ? Convert(step, step.Inputs[j]) : _tensors[step.Inputs[j]];
            foreach (var tensor in step.Cleared) UnusedElements.Clear(tensor, !step.Layer.ClearsBetweenRows, _workspace.Topology);
            var y = _tensors[i + 1] = step.Layer.Forward(step.X, training);
            if (step.Layout == BlockedLayout.Planar && step.Layer.SpoilsBorder) UnusedElements.Clear(y, betweenRows: true, _workspace.Topology);
        }

        return Output(0);
    }

    /// <summary>An output of the last Forward.</summary>
    public BlockedTensor Output(int output) => _tensors[_outputs[output]];

    /// <summary>Hands over the gradient of an output for the next Backward.</summary>
    /// <param name="output">Which one.</param>
    /// <param name="dy">Its gradient, rented from the workspace; nothing is known of its zeros.</param>
    public void Give(int output, BlockedTensor dy)
    {
        _zeros[output].GradientDensity = OperandDensity.Full;
        _gradients[_outputs[output]] = dy;
    }

    /// <summary>As <see cref="Layer.Backward(BlockedTensor, bool)"/>.</summary>
    public BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        _gradients[_outputs[0]] = dy;
        return Backward(wantsInputGradient);
    }

    /// <summary>As above, from the outputs whose gradients were given. The parameters of layers that none of them depends on get gradients of zero.</summary>
    public BlockedTensor? Backward(bool wantsInputGradient)
    {
        FindWhatLearns();
        foreach (var output in _outputs)
        {
            if (wantsInputGradient || _learns[output] || _gradients[output] is not { } unwanted) continue;
            _gradients[output] = null;
            _workspace.Gradients.Return(unwanted);
        }

        for (var i = _steps.Length - 1; i >= 0; i--)
        {
            var step = _steps[i];
            if (!wantsInputGradient && !_learns[i + 1]) continue;
            if (_gradients[i + 1] is not { } gradient)
            {
                step.ClearGradients();
            }
            else
            {
                (step.Layer.SecondGradient, _gradients[i + 1], _seconds[i + 1]) = (_seconds[i + 1], null, null);
                step.Layer.Backward(gradient, wantsInputGradient ? step.AllWanted : step.Wanted, step.Dx);
                for (var j = 0; j < step.Inputs.Length; j++) Collect(step, j);
            }

            if (_workspace.Ranks?.GradientsReady is { } ready && step.Layer.Parameters is { Count: > 0 } parameters) ready(parameters);
        }

        var dx = _gradients[0];
        _gradients[0] = null;
        return dx;
    }

    private void FindWhatLearns()
    {
        for (var i = 0; i < _steps.Length; i++)
        {
            var step = _steps[i];
            var learns = false;
            for (var j = 0; j < step.Inputs.Length; j++) learns |= step.Wanted[j] = _learns[step.Inputs[j]];
            var parameters = step.Layer.Parameters;
            for (var j = 0; j < parameters.Count && !learns; j++) learns = !parameters[j].IsFrozen;
            _learns[i + 1] = learns;
        }
    }

    public void Dispose()
    {
        foreach (var step in _steps) step.Layer.Dispose();
        foreach (var conversion in _conversions) conversion?.Copy.Dispose();
    }

    /// <summary>The layout in which a layer reads and writes: the workspace's, or in a planar network as it says.</summary>
    private static BlockedLayout LayoutOf(Layer layer, ReadOnlySpan<FeatureShape> inputs, BlockedLayout ofInput, Workspace workspace) =>
        workspace.Layout != BlockedLayout.Planar ? workspace.Layout
        : layer.PlanarUse(inputs, workspace.Border) switch
        {
            PlanarUse.Reads => BlockedLayout.Planar,
            PlanarUse.Follows => ofInput,
            _ => BlockedLayout.ChannelBlocked,
        };

    /// <summary>A tensor in the layout that a layer reads, copied where no layer before it needed that.</summary>
    private BlockedTensor Convert(Step step, int tensor)
    {
        var conversion = _conversions[tensor]!;
        if (conversion.IsDone) return conversion.Copy;
        var start = Stopwatch.GetTimestamp();
        _tensors[tensor].CopyTo(conversion.Copy);
        conversion.IsDone = true;
        step.Sums.Add(LayerPass.Forward, start, LayerTraffic.Reading(_tensors[tensor]) + LayerTraffic.Writing(conversion.Copy));
        return conversion.Copy;
    }

    /// <summary>
    /// Adds what a layer gave for one of its inputs to what the input's other readers gave, or leaves that to the layer that wrote the input.
    /// </summary>
    private void Collect(Step step, int j)
    {
        if (step.Dx[j] is not { } dx) return;
        step.Dx[j] = null;
        var tensor = step.Inputs[j];
        ref var sum = ref _gradients[tensor];
        if (sum is null)
        {
            sum = dx;
            return;
        }

        if (tensor > 0 && _steps[tensor - 1].Layer.TakesSecondGradient && _seconds[tensor] is null)
        {
            _seconds[tensor] = dx;
            return;
        }

        var start = Stopwatch.GetTimestamp();
        var work = new Accumulate(dx, sum);
        Planes.Run(ref work, sum, _workspace.Topology);
        _workspace.Gradients.Return(dx);
        step.Sums.Add(LayerPass.BackwardData, start, LayerTraffic.Reading(dx, sum) + LayerTraffic.Writing(sum));
    }

    /// <summary>A layer and what its passes are given.</summary>
    private sealed class Step(PlacedLayer placed, BlockedLayout layout, bool[] converts, BlockedTensor[] cleared)
    {
        public Layer Layer { get; } = placed.Layer;

        public int[] Inputs { get; } = placed.Inputs;

        public LayerTiming Sums { get; } = placed.Sums;

        /// <summary>Of which inputs the gradient leads to a parameter that learns.</summary>
        public bool[] Wanted { get; } = new bool[placed.Inputs.Length];

        /// <summary>All inputs: where the gradient of the graph's own input is wanted.</summary>
        public bool[] AllWanted { get; } = [.. placed.Inputs.Select(_ => true)];

        /// <summary>How its tensors lie.</summary>
        public BlockedLayout Layout { get; } = layout;

        /// <summary>Which inputs it reads in another layout than they are written in.</summary>
        public bool[] Converts { get; } = converts;

        /// <summary>Tensors whose memory others have had since it was written last.</summary>
        public BlockedTensor[] Cleared { get; } = cleared;

        public BlockedTensor[] X { get; } = new BlockedTensor[placed.Inputs.Length];

        public BlockedTensor?[] Dx { get; } = new BlockedTensor?[placed.Inputs.Length];

        public void ClearGradients()
        {
            var parameters = Layer.Parameters;
            for (var i = 0; i < parameters.Count; i++) parameters[i].Gradients.Clear();
        }
    }

    /// <summary>A tensor's copy in another layout.</summary>
    private sealed class Conversion(BlockedTensor copy)
    {
        public BlockedTensor Copy { get; } = copy;

        /// <summary>Whether this Forward has copied already.</summary>
        public bool IsDone { get; set; }
    }
}
