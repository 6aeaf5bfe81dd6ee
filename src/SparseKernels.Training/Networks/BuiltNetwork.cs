using SparseKernels.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Networks;

/// <summary>A graph of layers, built for one batch size, with the tensor that it reads.</summary>
internal sealed class BuiltNetwork : IDisposable, ILayoutPromise
{
    private readonly BuiltGraph _graph;
    private readonly BlockedTensor _input;

    private readonly BlockedLayout _sparse;

    /// <summary>Whether the borders that tensors of that layout would need are narrow enough.</summary>
    private readonly bool _mayHaveBorders;
    private float[]? _padded;

    /// <summary>Builds layers for a batch; what an earlier build of them allocated is given back.</summary>
    /// <param name="graph">The layers.</param>
    /// <param name="workspace">Batch, threads and schedule; owned by the object from now on.</param>
    /// <param name="sparse">The layout that suits it, beside the channel-blocked one.</param>
    /// <param name="givesClasses">Whether the output must be one logit for each class.</param>
    /// <exception cref="ArgumentException">
    /// A layer doesn't fit the ones before it, or the last doesn't give one logit for each class.
    /// </exception>
    public BuiltNetwork(
        NetworkGraph graph, Workspace workspace, BlockedLayout sparse = BlockedLayout.BatchBlocked, bool givesClasses = true)
    {
        (Workspace, _sparse) = (workspace, sparse);
        _mayHaveBorders = Borders.AreNarrow(Borders.Of(graph.Layers, sparse));
        _input = workspace.CreateTensor(graph.Input);
        workspace.TakeMade();
        _graph = new BuiltGraph(graph, graph.Input, workspace, mayWriteInput: true);
        var shape = _graph.Output;
        if (givesClasses && (shape.Height != 1 || shape.Width != 1))
            throw new ArgumentException($"the last layer, {graph.Placed[^1].Layer.Name}, must give K×1×1, one logit for each class, got {shape}.");
        (Image, Output, Classes) = (graph.Input, shape, shape.Channels);
    }

    public Workspace Workspace { get; }

    /// <summary>The layout that it may change over to.</summary>
    public BlockedLayout OtherLayout => Workspace.Layout == BlockedLayout.ChannelBlocked ? _sparse : BlockedLayout.ChannelBlocked;

    /// <summary>Images that it is built for.</summary>
    public int Batch => Workspace.Batch;

    /// <summary>The sizes of one image of the input.</summary>
    public FeatureShape Image { get; }

    /// <summary>The sizes of one image of the output.</summary>
    public FeatureShape Output { get; }

    /// <summary>Logits of each image.</summary>
    public int Classes { get; }

    /// <summary>The plans of all convolutions, in the order in which they run.</summary>
    public IReadOnlyList<LayerPlan> Plans => _graph.Plans;

    /// <summary>As if every plan's last choice had been the dense kernels.</summary>
    public void ForgetChoices()
    {
        foreach (var layer in Plans) layer.Plan.Choices = PlanChoices.Dense with { Layout = Workspace.Layout };
    }

    /// <summary>
    /// The time that all passes of the convolutions are predicted to take in the other layout, over that in this one: what the last calls had to
    /// do, whatever chose their kernels. Infinite where nothing was predicted yet, or the other layout's borders would be too wide.
    /// </summary>
    public double PromiseOfOtherLayout()
    {
        if (Workspace.Layout == BlockedLayout.ChannelBlocked && !_mayHaveBorders) return double.PositiveInfinity;
        var (now, other) = (0.0, 0.0);
        foreach (var layer in Plans)
        {
            now += layer.Plan.PredictedSeconds(Workspace.Layout);
            other += layer.Plan.PredictedSeconds(OtherLayout);
        }

        return now > 0 ? other / now : double.PositiveInfinity;
    }

    /// <summary>Packs images into the input.</summary>
    /// <param name="images"><c>[N, C, H, W]</c> for an N of at most <see cref="Batch"/>.</param>
    /// <returns>What it moves.</returns>
    public LayerTraffic Load(ReadOnlySpan<float> images)
    {
        var moved = new LayerTraffic((long)_input.PlainLength * sizeof(float), 0) + LayerTraffic.Writing(_input);
        if (images.Length == _input.PlainLength)
        {
            _input.CopyFromNchw(images, Workspace.Topology);
            return moved;
        }

        // The images that fill up the batch are zero: inference treats each image alone, so they change nothing.
        _padded ??= new float[_input.PlainLength];
        images.CopyTo(_padded);
        _padded.AsSpan(images.Length).Clear();
        _input.CopyFromNchw(_padded, Workspace.Topology);
        return moved + new LayerTraffic(images.Length * sizeof(float), (long)_padded.Length * sizeof(float));
    }

    /// <summary>Runs all layers on what was loaded.</summary>
    /// <param name="training">Whether Backward may follow and statistics are of the batch.</param>
    /// <returns>The logits, <c>[N, K, 1, 1]</c>.</returns>
    public BlockedTensor Forward(bool training) => _graph.Forward(_input, training);

    /// <summary>Takes the gradient of the loss back through the layers, as far as it leads to parameters.</summary>
    /// <param name="gradient">The logits' gradient, rented from the workspace.</param>
    public void Backward(BlockedTensor gradient)
    {
        // Softmax leaves no logit without a gradient.
        _graph.OutputZeros.GradientDensity = OperandDensity.Full;
        _graph.Backward(gradient, wantsInputGradient: false);
    }

    /// <summary>Takes any gradient of the output back through the layers.</summary>
    /// <param name="gradient">The output's gradient, rented from the workspace.</param>
    /// <param name="wantsInputGradient">Whether it goes on to the input.</param>
    /// <returns>The input's gradient, to be returned to the workspace; null if it isn't wanted.</returns>
    public BlockedTensor? Backward(BlockedTensor gradient, bool wantsInputGradient)
    {
        _graph.OutputZeros.GradientDensity = null;
        return _graph.Backward(gradient, wantsInputGradient);
    }

    public void Dispose()
    {
        _graph.Dispose();
        _input.Dispose();
        Workspace.Dispose();
    }
}
