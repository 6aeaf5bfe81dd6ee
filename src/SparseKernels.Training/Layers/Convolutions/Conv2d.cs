using System.Diagnostics;
using SparseKernels.Geometry;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>
/// Two-dimensional convolution <c>y = x ∗ w + bias</c> on channel-blocked tensors; <c>weight [K, C/groups, R, S]</c> and
/// <c>bias [K]</c> as PyTorch's <c>nn.Conv2d</c> keeps them.
/// </summary>
public sealed class Conv2d : Layer
{
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly Size2D _kernel;
    private readonly Size2D _stride;
    private readonly Padding2D _padding;
    private readonly Size2D _dilation;
    private readonly int _groups;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    /// <summary>Whether it is a convolution of the network's, not the form of another layer.</summary>
    private readonly bool _isObserved = true;

    /// <summary>What Forward limits its output to, in inference: an activation that was folded into it.</summary>
    private readonly ValueRange? _range;
    private PlannedWeights? _planned;
    private BlockedTensor? _y;
    private BlockedTensor? _x;
    private ConvolutionZeros? _zeros;
    private ReshapedMask? _mask;

    /// <summary>Makes a convolution.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels C.</param>
    /// <param name="outputs">Output channels K.</param>
    /// <param name="kernel">Filter height and width.</param>
    /// <param name="stride">Step between output pixels; 1 by default.</param>
    /// <param name="padding">Zeros around the input; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="fanOutNormal">Kaiming normal over the outputs for the weights, instead of PyTorch's default.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public Conv2d(
        string name, int inputs, int outputs, Size2D kernel, Size2D? stride = null, Padding2D? padding = null, Size2D? dilation = null,
        int groups = 1, bool bias = true, bool fanOutNormal = false)
        : this(name, inputs, outputs, kernel, stride ?? 1, padding ?? 0, dilation ?? 1, groups, bias, fanOutNormal, weightShape: null)
    {
    }

    /// <summary>
    /// As above; <paramref name="weightShape"/> is what the weights are called in checkpoints, with the same elements in the same order.
    /// </summary>
    internal Conv2d(
        string name, int inputs, int outputs, Size2D kernel, Size2D stride, Padding2D padding, Size2D dilation,
        int groups, bool bias, bool fanOutNormal, int[]? weightShape)
        : base(name)
    {
        (_inputs, _outputs, _kernel, _groups) = (inputs, outputs, kernel, groups);
        (_stride, _padding, _dilation) = (stride, padding, dilation);

        // The smallest image that the filter fits checks every argument but the image's own size.
        _ = new ConvolutionShape(
            1, inputs, Reach(kernel.Height, _dilation.Height), Reach(kernel.Width, _dilation.Width), outputs, kernel.Height, kernel.Width,
            _stride, _padding, _dilation, groups);
        var fanIn = inputs / groups * kernel.Height * kernel.Width;

        // As PyTorch counts it, of the weights' sizes alone: groups are not seen.
        var fanOut = outputs * kernel.Height * kernel.Width;
        _weight = new Parameter(
            $"{name}.weight", weightShape ?? [outputs, inputs / groups, kernel.Height, kernel.Width],
            fanOutNormal ? Initialisation.FanOutNormal(fanOut) : Initialisation.FanInUniform(fanIn));
        _bias = bias ? new Parameter($"{name}.bias", [outputs], Initialisation.FanInUniform(fanIn)) : null;
        Parameters = _bias is null ? [_weight] : [_weight, _bias];
    }

    private Conv2d(Conv2d other, Parameter weight, Parameter? bias, ValueRange? range)
        : base(other.Name)
    {
        _range = range;
        (_inputs, _outputs, _kernel, _groups) = (other._inputs, other._outputs, other._kernel, other._groups);
        (_stride, _padding, _dilation) = (other._stride, other._padding, other._dilation);
        (_weight, _bias, Parameters) = (weight, bias, bias is null ? [weight] : [weight, bias]);
    }

    /// <summary>The same weights over a filter of other sizes; its time is the other one's.</summary>
    private Conv2d(Conv2d other, int inputs, Size2D kernel)
        : base(other)
    {
        (_inputs, _outputs, _kernel, _groups) = (inputs, other._outputs, kernel, 1);
        (_stride, _padding, _dilation, _isObserved) = (1, 0, 1, false);
        (_weight, _bias, Parameters) = (other._weight, other._bias, other.Parameters);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    internal override Padding2D Border => ConvolutionBorder.Of(_kernel, _stride, _padding, _dilation);

    internal override Padding2D PlanarBorder => ConvolutionBorder.OfPlanar(_stride, _padding);

    internal override IReadOnlyList<LayerPlan> Plans => _planned is null ? [] : [new LayerPlan(Name, _planned.Plan)];

    internal override bool ClearsBetweenRows => true;

    /// <summary>The sizes for the batch that the network is built for; null before.</summary>
    public ConvolutionShape? Shape => _planned?.Plan.Shape;

    private ReadOnlySpan<float> Bias => _bias is null ? [] : _bias.Values;

    /// <summary>Filter, step, padding, step between taps and groups, for writers of other formats.</summary>
    internal (Size2D Kernel, Size2D Stride, Padding2D Padding, Size2D Dilation, int Groups) Window => (_kernel, _stride, _padding, _dilation, _groups);

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) =>
        inputs[0].Channels == _inputs && PlanarFit.SuitsForward(ShapeOf(inputs[0], batch: 1), border) ? Layers.PlanarUse.Reads : Layers.PlanarUse.None;

    internal override Layer Twin() => With(_weight, _bias);

    internal override Layer Snapshot() => With(_weight.Snapshot(), _bias?.Snapshot());

    /// <summary>The same convolution with other weights, not built.</summary>
    internal Conv2d With(Parameter weight, Parameter? bias) => new(this, weight, bias, _range);

    /// <summary>The same convolution and weights for inference, its output limited, not built; null where it is limited already.</summary>
    internal Conv2d? Limited(ValueRange range) => _range is null ? new(this, _weight, _bias, range) : null;

    /// <summary>
    /// The same convolution with a filter of other sizes over the same weights <c>[K, C, R, S]</c> in their order, stride 1 and no padding.
    /// </summary>
    internal Conv2d WithKernel(int inputs, Size2D kernel) => new(this, inputs, kernel);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) =>
        _groups == 1 ? LinkWhole(links, input) : base.Link(links, input);

    internal override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var packed = _planned!.Packed.Current(Timing);
        var start = Stopwatch.GetTimestamp();
        _x = x;
        _planned!.Plan.Forward(x, packed, Bias, _y!, _zeros!.Forward(training), training ? OutputZeros.Moments : null);
        start += _planned.Packed.Count(Timing);
        Timing.Add(LayerPass.Forward, start, LayerTraffic.Reading(x) + LayerTraffic.ReadingWeights(_weight) + LayerTraffic.Writing(_y!));
        return _y!;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        if (_isObserved) Workspace.Observer?.Observe(Name, _planned!.Plan.Shape, _x!, dy);
        var start = Stopwatch.GetTimestamp();
        var learnsBias = _bias is { IsFrozen: false };

        // The bias's gradient is a by-product of the weights': one that learns alone pays for both.
        if (!_weight.IsFrozen || learnsBias)
        {
            _planned!.Plan.BackwardWeights(
                _x!, dy, _weight.Gradients, learnsBias ? _bias!.Gradients : [], _zeros!.BackwardWeights(_mask!.Of(_weight.GradientMask)));
            if (_weight.IsFrozen) _weight.Gradients.Clear();
            Timing.Add(LayerPass.BackwardWeights, start, LayerTraffic.Reading(_x!, dy) + LayerTraffic.WritingWeights(_weight));
        }

        BlockedTensor? dx = null;
        if (wantsInputGradient)
        {
            dx = Workspace.Gradients.RentLike(_x!);
            start = Stopwatch.GetTimestamp();
            _planned!.Plan.BackwardData(dy, _planned.Packed.Weights, dx, _zeros!.BackwardData());
            start += _planned.Packed.Count(Timing);
            Timing.Add(LayerPass.BackwardData, start, LayerTraffic.Reading(dy) + LayerTraffic.ReadingWeights(_weight) + LayerTraffic.Writing(dx));
        }

        Workspace.Gradients.Return(dy);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        if (input.Channels != _inputs)
            throw new ArgumentException($"{Name} takes {_inputs} channels, but the layer before it gives {input}.", nameof(input));
        var shape = ShapeOf(input, Workspace.Batch);
        _planned = PlannedWeights.Of(_weight, shape, _range, Workspace);
        _mask = new ReshapedMask(shape);
        _y = Workspace.CreateTensor(new FeatureShape(_outputs, shape.P, shape.Q));
        Timing.MultiplyAdds = shape.MultiplyAdds;
        return new FeatureShape(_outputs, shape.P, shape.Q);
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output)
    {
        var zeros = base.DescribeZeros(output);
        zeros.CanTakeMoments = true;
        _zeros = new ConvolutionZeros(InputZeros, zeros, areUsed: Workspace.CountsZeros);
        _zeros.Ask();
        return zeros;
    }

    private protected override void Release()
    {
        _planned?.Leave();
        _y?.Dispose();
        (_planned, _y, _x, _zeros, _mask) = (null, null, null, null, null);
    }

    private ConvolutionShape ShapeOf(FeatureShape input, int batch) => new(
        batch, _inputs, input.Height, input.Width, _outputs, _kernel.Height, _kernel.Width, _stride, _padding, _dilation, _groups);

    private ChannelSpace LinkWhole(ChannelLinks links, ChannelSpace input)
    {
        input.Add(ChannelAxis.Inputs(_weight));
        var output = links.New();
        foreach (var parameter in Parameters) output.Add(ChannelAxis.Outermost(parameter));
        return output;
    }

    private static int Reach(int taps, int dilation) => (int)Math.Clamp(((long)dilation * (taps - 1)) + 1, 1, int.MaxValue);
}
