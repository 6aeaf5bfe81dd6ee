using SparseKernels.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Networks;

/// <summary>Layers in a row, built for one batch size, with the tensor that the first one reads.</summary>
internal sealed class BuiltNetwork : IDisposable, ILayoutPromise
{
    private readonly Layer[] _layers;
    private readonly BlockedTensor _input;

    /// <summary>Whether the borders that batch-blocked tensors would need are narrow enough.</summary>
    private readonly bool _mayHaveBorders;
    private float[]? _padded;

    /// <summary>Builds layers for a batch; what an earlier build of them allocated is given back.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="workspace">Batch, threads and schedule; owned by the object from now on.</param>
    /// <exception cref="ArgumentException">
    /// A layer doesn't fit the one before it, or the last doesn't give one logit for each class.
    /// </exception>
    public BuiltNetwork(Layer[] layers, FeatureShape input, Workspace workspace)
    {
        (_layers, Workspace) = (layers, workspace);
        _mayHaveBorders = Borders.AreNarrow(Borders.Widest(layers));
        _input = workspace.CreateTensor(input);
        var shape = input;
        ActivationZeros? zeros = null;
        foreach (var layer in layers)
        {
            shape = layer.Build(shape, workspace, zeros);
            zeros = layer.OutputZeros;
        }

        if (shape.Height != 1 || shape.Width != 1)
            throw new ArgumentException($"the last layer must give K×1×1, one logit for each class, got {shape}.");
        Classes = shape.Channels;
        Plans = [.. layers.SelectMany(layer => layer.Plans)];
    }

    public Workspace Workspace { get; }

    /// <summary>Images that it is built for.</summary>
    public int Batch => Workspace.Batch;

    /// <summary>Logits of each image.</summary>
    public int Classes { get; }

    /// <summary>The plans of all convolutions, in the order of the layers.</summary>
    public IReadOnlyList<LayerPlan> Plans { get; }

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
            other += layer.Plan.PredictedSeconds(Borders.Other(Workspace.Layout));
        }

        return now > 0 ? other / now : double.PositiveInfinity;
    }

    /// <summary>Packs images into the input.</summary>
    /// <param name="images"><c>[N, C, H, W]</c> for an N of at most <see cref="Batch"/>.</param>
    public void Load(ReadOnlySpan<float> images)
    {
        if (images.Length == _input.PlainLength)
        {
            _input.CopyFromNchw(images, Workspace.Topology);
            return;
        }

        // The images that fill up the batch are zero: inference treats each image alone, so they change nothing.
        _padded ??= new float[_input.PlainLength];
        images.CopyTo(_padded);
        _padded.AsSpan(images.Length).Clear();
        _input.CopyFromNchw(_padded, Workspace.Topology);
    }

    /// <summary>Runs all layers on what was loaded.</summary>
    /// <param name="training">Whether Backward may follow and statistics are of the batch.</param>
    /// <returns>The logits, <c>[N, K, 1, 1]</c>.</returns>
    public BlockedTensor Forward(bool training)
    {
        var tensor = _input;
        foreach (var layer in _layers) tensor = layer.Forward(tensor, training);
        return tensor;
    }

    /// <summary>Takes the gradient of the loss back through the layers down to the lowest one that learns.</summary>
    /// <param name="gradient">The logits' gradient, rented from the workspace.</param>
    /// <param name="lowest">The lowest layer that learns; past the last one if none does.</param>
    public void Backward(BlockedTensor gradient, int lowest)
    {
        if (lowest >= _layers.Length)
        {
            Workspace.Gradients.Return(gradient);
            return;
        }

        // Softmax leaves no logit without a gradient.
        _layers[^1].OutputZeros.GradientDensity = OperandDensity.Full;
        var dy = gradient;
        for (var i = _layers.Length - 1; i >= lowest; i--) dy = _layers[i].Backward(dy!, wantsInputGradient: i > lowest);
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
        _input.Dispose();
        Workspace.Dispose();
    }
}
