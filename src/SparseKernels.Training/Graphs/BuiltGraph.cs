using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// A graph built for a batch: layers run in their order, and back in the opposite one. The gradients of a tensor that several layers read are
/// added up before the layer that wrote it sees them; what leads to no parameter gets none. Nothing is allocated per step.
/// </summary>
internal sealed class BuiltGraph : IDisposable
{
    private readonly Step[] _steps;
    private readonly Workspace _workspace;
    private readonly BlockedTensor[] _tensors;
    private readonly BlockedTensor?[] _gradients;

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
        var lifetimes = new TensorLifetimes(placed, mayWriteInput);
        var shapes = new FeatureShape[placed.Length + 1];
        var known = new ActivationZeros?[placed.Length + 1];
        (shapes[0], known[0]) = (input, zeros);
        if (zeros is not null) zeros.IsShared |= lifetimes.Readers(0) > 1;
        for (var i = 0; i < placed.Length; i++)
        {
            var (layer, inputs) = (placed[i].Layer, placed[i].Inputs);
            layer.MayWriteInput = lifetimes.MayOverwrite(inputs[0]);
            shapes[i + 1] = layer.Build([.. inputs.Select(t => shapes[t])], workspace, [.. inputs.Select(t => known[t])]);
            known[i + 1] = layer.OutputZeros;
            layer.OutputZeros.IsShared = lifetimes.Readers(i + 1) > 1;
            lifetimes.Release(i, workspace);
        }

        (Output, OutputZeros) = (shapes[^1], known[^1]!);
        _tensors = new BlockedTensor[placed.Length + 1];
        _gradients = new BlockedTensor?[placed.Length + 1];
        var learns = new bool[placed.Length + 1];
        for (var i = 0; i < placed.Length; i++)
            learns[i + 1] = placed[i].Layer.Parameters.Count > 0 || placed[i].Inputs.Any(tensor => learns[tensor]);
        _steps = [.. placed.Select((at, i) => new Step(at, learns[i + 1], [.. at.Inputs.Select(tensor => learns[tensor])]))];
        Plans = [.. placed.SelectMany(at => at.Layer.Plans)];
    }

    /// <summary>The sizes of one image of the output.</summary>
    public FeatureShape Output { get; }

    /// <summary>What is known of the output's zeros.</summary>
    public ActivationZeros OutputZeros { get; }

    /// <summary>The plans of all convolutions, in the order in which they run.</summary>
    public IReadOnlyList<LayerPlan> Plans { get; }

    /// <summary>As <see cref="Layer.Forward(BlockedTensor, bool)"/>.</summary>
    public BlockedTensor Forward(BlockedTensor x, bool training)
    {
        _tensors[0] = x;
        for (var i = 0; i < _steps.Length; i++)
        {
            var step = _steps[i];
            for (var j = 0; j < step.Inputs.Length; j++) step.X[j] = _tensors[step.Inputs[j]];
            _tensors[i + 1] = step.Layer.Forward(step.X, training);
        }

        return _tensors[^1];
    }

    /// <summary>As <see cref="Layer.Backward(BlockedTensor, bool)"/>.</summary>
    public BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        _gradients[^1] = dy;
        for (var i = _steps.Length - 1; i >= 0; i--)
        {
            var step = _steps[i];
            if (!wantsInputGradient && !step.Learns) continue;
            var gradient = _gradients[i + 1]!;
            _gradients[i + 1] = null;
            step.Layer.Backward(gradient, wantsInputGradient ? step.AllWanted : step.Wanted, step.Dx);
            for (var j = 0; j < step.Inputs.Length; j++) Collect(step, j);
        }

        var dx = _gradients[0];
        _gradients[0] = null;
        return dx;
    }

    public void Dispose()
    {
        foreach (var step in _steps) step.Layer.Dispose();
    }

    /// <summary>Adds what a layer gave for one of its inputs to what the input's other readers gave.</summary>
    private void Collect(Step step, int j)
    {
        if (step.Dx[j] is not { } dx) return;
        step.Dx[j] = null;
        ref var sum = ref _gradients[step.Inputs[j]];
        if (sum is null)
        {
            sum = dx;
            return;
        }

        var start = Stopwatch.GetTimestamp();
        var work = new Accumulate(dx, sum);
        Planes.Run(ref work, sum, _workspace.Topology);
        _workspace.Gradients.Return(dx);
        step.Sums.Add(LayerPass.BackwardData, start);
    }

    /// <summary>A layer and what its passes are given.</summary>
    private sealed class Step(PlacedLayer placed, bool learns, bool[] wanted)
    {
        public Layer Layer { get; } = placed.Layer;

        public int[] Inputs { get; } = placed.Inputs;

        public LayerTiming Sums { get; } = placed.Sums;

        /// <summary>Whether it or a layer that it depends on has parameters.</summary>
        public bool Learns { get; } = learns;

        /// <summary>Of which inputs the gradient leads to a parameter.</summary>
        public bool[] Wanted { get; } = wanted;

        /// <summary>All inputs: where the gradient of the graph's own input is wanted.</summary>
        public bool[] AllWanted { get; } = [.. placed.Inputs.Select(_ => true)];

        public BlockedTensor[] X { get; } = new BlockedTensor[placed.Inputs.Length];

        public BlockedTensor?[] Dx { get; } = new BlockedTensor?[placed.Inputs.Length];
    }
}
