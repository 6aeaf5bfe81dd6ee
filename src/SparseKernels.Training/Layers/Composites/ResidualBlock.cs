using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// The basic residual block (He et al. 2016): <c>y = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))</c> with two 3×3 convolutions.
/// The shortcut is x itself, or where stride or channels change a 1×1 convolution with batch normalisation (option B of the paper).
/// Names are torchvision's: <c>conv1</c>, <c>bn1</c>, <c>conv2</c>, <c>bn2</c>, <c>downsample.0</c>, <c>downsample.1</c>.
/// </summary>
public sealed class ResidualBlock : Layer
{
    private readonly Layer[] _layers;
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Conv2d _conv2;
    private readonly BatchNorm2d _bn2;
    private readonly Conv2d? _projection;
    private readonly BatchNorm2d? _projectionNorm;

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="stride">Stride of the first convolution and of the shortcut.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public ResidualBlock(string name, int inputs, int outputs, int stride = 1)
        : base(name)
    {
        _conv1 = new Conv2d($"{name}.conv1", inputs, outputs, 3, stride, padding: 1, bias: false, fanOutNormal: true);
        _bn1 = new BatchNorm2d($"{name}.bn1", outputs, relu: true);
        _conv2 = new Conv2d($"{name}.conv2", outputs, outputs, 3, padding: 1, bias: false, fanOutNormal: true);
        _bn2 = new BatchNorm2d($"{name}.bn2", outputs, relu: true);
        if (stride != 1 || inputs != outputs)
        {
            _projection = new Conv2d($"{name}.downsample.0", inputs, outputs, 1, stride, bias: false, fanOutNormal: true);
            _projectionNorm = new BatchNorm2d($"{name}.downsample.1", outputs);
        }

        _layers = _projection is null ? [_conv1, _bn1, _conv2, _bn2] : [_conv1, _bn1, _conv2, _bn2, _projection, _projectionNorm!];
        Parameters = [.. _layers.SelectMany(layer => layer.Parameters)];
        Buffers = [.. _layers.SelectMany(layer => layer.Buffers)];
        Timings = [.. _layers.SelectMany(layer => layer.Timings), Timing];
    }

    private ResidualBlock(ResidualBlock other)
        : base(other.Name)
    {
        _layers = [.. other._layers.Select(layer => layer.Twin())];
        (_conv1, _bn1, _conv2, _bn2) = ((Conv2d)_layers[0], (BatchNorm2d)_layers[1], (Conv2d)_layers[2], (BatchNorm2d)_layers[3]);
        if (other._projection is not null) (_projection, _projectionNorm) = ((Conv2d)_layers[4], (BatchNorm2d)_layers[5]);
        (Parameters, Buffers) = (other.Parameters, other.Buffers);
        Timings = [.. _layers.SelectMany(layer => layer.Timings), Timing];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NamedTensor> Buffers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<LayerTiming> Timings { get; }

    internal override Padding2D Border => Borders.Widest(_layers);

    internal override IReadOnlyList<LayerPlan> Plans => [.. _layers.SelectMany(layer => layer.Plans)];

    internal override Layer Twin() => new ResidualBlock(this);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input)
    {
        var inner = _bn1.Link(links, _conv1.Link(links, input));
        var output = _bn2.Link(links, _conv2.Link(links, inner));
        var shortcut = _projection is null ? input : _projectionNorm!.Link(links, _projection.Link(links, input));
        return links.Join(shortcut, output);
    }

    internal override void ResetBuffers()
    {
        foreach (var layer in _layers) layer.ResetBuffers();
    }

    internal override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var inner = _conv2.Forward(_bn1.Forward(_conv1.Forward(x, training), training), training);
        var shortcut = _projection is null ? x : _projectionNorm!.Forward(_projection.Forward(x, training), training);
        return _bn2.Forward(inner, shortcut, training);
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var inner = _conv2.Backward(_bn2.BackwardWithAddend(dy), wantsInputGradient: true)!;
        var dx = _conv1.Backward(_bn1.Backward(inner, wantsInputGradient: true)!, wantsInputGradient);

        // From here on dy is the gradient of the shortcut's result.
        var shortcut = _projection is null
            ? dy
            : _projection.Backward(_projectionNorm!.Backward(dy, wantsInputGradient: true)!, wantsInputGradient);
        if (wantsInputGradient)
        {
            var start = Stopwatch.GetTimestamp();
            var work = new Accumulate(shortcut!, dx!);
            Planes.Run(ref work, dx!, Workspace.Topology);
            Timing.Add(LayerPass.BackwardData, start);
        }

        if (shortcut is not null) Workspace.Gradients.Return(shortcut);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        // Both branches may leave out what the ReLU below the block would drop: it drops it from their sum.
        var inner = _conv1.Build(input, Workspace, InputZeros);
        inner = _bn1.Build(inner, Workspace, _conv1.OutputZeros);
        inner = _conv2.Build(inner, Workspace, _bn1.OutputZeros);
        if (_projection is not null)
            _projectionNorm!.Build(_projection.Build(input, Workspace, InputZeros), Workspace, _projection.OutputZeros);
        return _bn2.Build(inner, Workspace, _conv2.OutputZeros);
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) => _bn2.OutputZeros;

    private protected override void Release()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
