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

    /// <summary>The inputs behind the first.</summary>
    private readonly InputLayer[] _others;

    private readonly BlockedLayout _sparse;

    /// <summary>Whether the borders that tensors of that layout would need are narrow enough.</summary>
    private readonly bool _mayHaveBorders;
    private float[]? _scratch;

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
        _input = workspace.CreateOwn(graph.Input);
        _graph = new BuiltGraph(graph, graph.Input, workspace, mayWriteInput: true);
        _others = [.. graph.Placed.Select(placed => placed.Layer).OfType<InputLayer>()];
        Image = graph.Input;
        var shape = Outputs[0];
        if (givesClasses && graph.Classifies && (shape.Height != 1 || shape.Width != 1))
            throw new ArgumentException($"the last layer, {graph.Placed[^1].Layer.Name}, must give K×1×1, one logit for each class, got {shape}.");
    }

    public Workspace Workspace { get; }

    /// <summary>The layout that it may change over to.</summary>
    public BlockedLayout OtherLayout => Workspace.Layout == BlockedLayout.ChannelBlocked ? _sparse : BlockedLayout.ChannelBlocked;

    /// <summary>Images that it is built for.</summary>
    public int Batch => Workspace.Batch;

    /// <summary>The sizes of one image of the first input.</summary>
    public FeatureShape Image { get; }

    /// <summary>The sizes of one image of each output.</summary>
    public FeatureShape[] Outputs => _graph.Shapes;

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

    /// <summary>Packs images into an input.</summary>
    /// <param name="input">Which one.</param>
    /// <param name="images"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>, for an N of at most <see cref="Batch"/>.</param>
    /// <param name="layout">The order of their elements.</param>
    /// <returns>What it moves.</returns>
    public LayerTraffic Load(int input, ReadOnlySpan<float> images, PlainLayout layout = PlainLayout.Nchw)
    {
        var tensor = input == 0 ? _input : _others[input - 1].Tensor!;
        var moved = new LayerTraffic((long)tensor.PlainLength * sizeof(float), 0) + LayerTraffic.Writing(tensor);
        if (layout == PlainLayout.Nhwc)
        {
            tensor.CopyFromNhwc(images, images.Length / (tensor.PlainLength / tensor.N), Workspace.Topology);
            return moved;
        }

        if (images.Length == tensor.PlainLength)
        {
            tensor.CopyFromNchw(images, Workspace.Topology);
            return moved;
        }

        // The images that fill up the batch are zero: inference treats each image alone, so they change nothing.
        var padded = Scratch(tensor.PlainLength);
        images.CopyTo(padded);
        padded[images.Length..].Clear();
        tensor.CopyFromNchw(padded, Workspace.Topology);
        return moved + new LayerTraffic(images.Length * sizeof(float), (long)padded.Length * sizeof(float));
    }

    /// <summary>Runs all layers on what was loaded.</summary>
    /// <param name="training">Whether Backward may follow and statistics are of the batch.</param>
    public void Forward(bool training) => _graph.Forward(_input, training);

    /// <summary>An output of the last Forward, <c>[N, C, H, W]</c> in any layout.</summary>
    public BlockedTensor Output(int output) => _graph.Output(output);

    /// <summary>Unpacks an output of the last Forward.</summary>
    /// <param name="output">Which one.</param>
    /// <param name="to"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>, for an N of at most <see cref="Batch"/>, overwritten.</param>
    /// <param name="layout">The order of its elements.</param>
    public void CopyOutput(int output, Span<float> to, PlainLayout layout = PlainLayout.Nchw)
    {
        var tensor = Output(output);
        if (tensor is { H: 1, W: 1 })
        {
            for (var n = 0; n < to.Length / tensor.C; n++) tensor.CopyImage(n, to.Slice(n * tensor.C, tensor.C));
        }
        else if (layout == PlainLayout.Nhwc)
        {
            tensor.CopyToNhwc(to, to.Length / (tensor.PlainLength / tensor.N), Workspace.Topology);
        }
        else if (to.Length == tensor.PlainLength)
        {
            tensor.CopyToNchw(to, Workspace.Topology);
        }
        else
        {
            var whole = Scratch(tensor.PlainLength);
            tensor.CopyToNchw(whole, Workspace.Topology);
            whole[..to.Length].CopyTo(to);
        }
    }

    /// <summary>Hands over the gradient of an output for the next Backward.</summary>
    /// <param name="output">Which one.</param>
    /// <param name="gradient">Its gradient, rented from the workspace.</param>
    public void Give(int output, BlockedTensor gradient) => _graph.Give(output, gradient);

    /// <summary>Takes the gradients that were given back through the layers, as far as they lead to parameters.</summary>
    public void Backward() => _graph.Backward(wantsInputGradient: false);

    /// <summary>Takes any gradient of the first output back through the layers.</summary>
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

    private Span<float> Scratch(int length)
    {
        if (_scratch is null || _scratch.Length < length) _scratch = new float[length];
        return _scratch.AsSpan(0, length);
    }
}
