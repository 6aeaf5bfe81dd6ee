using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>
/// Transposed convolution, the gradient of a convolution as a layer: <c>y[n, k, h·stride + r·dilation − padTop, …] += x[n, c, h, …] ·
/// w[c, k, r, s]</c>, plus <c>bias[k]</c>; <c>weight [C, K/groups, R, S]</c> and <c>bias [K]</c> as PyTorch's <c>nn.ConvTranspose2d</c> keeps
/// them. Output height <c>(H − 1)·stride − padTop − padBottom + dilation·(R − 1) + outputPadding + 1</c>, and the width likewise.
/// </summary>
/// <remarks>
/// It has the plan of the convolution that maps y's sizes to x's: that one's BackwardData is its Forward, that one's Forward its gradient of x.
/// So every kernel, zero and mask that convolutions have, it has.
/// </remarks>
public sealed class ConvTranspose2d : Layer
{
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly Size2D _kernel;
    private readonly Size2D _stride;
    private readonly Padding2D _padding;
    private readonly Size2D _outputPadding;
    private readonly Size2D _dilation;
    private readonly int _groups;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private PlannedWeights? _planned;
    private ChannelBias? _biasSweeps;
    private BlockedTensor? _y;
    private BlockedTensor? _x;
    private ConvolutionZeros? _zeros;

    /// <summary>Makes a transposed convolution.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels C.</param>
    /// <param name="outputs">Output channels K.</param>
    /// <param name="kernel">Filter height and width.</param>
    /// <param name="stride">Output pixels between neighbouring input pixels; 1 by default.</param>
    /// <param name="padding">Output pixels left out on each side; none by default.</param>
    /// <param name="outputPadding">Output pixels added at the bottom and at the right, fewer than the stride; none by default.</param>
    /// <param name="dilation">Step between filter taps; 1, the default, means none.</param>
    /// <param name="groups">Channel groups.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="groups"/> does not divide both numbers of channels.</exception>
    public ConvTranspose2d(
        string name, int inputs, int outputs, Size2D kernel, Size2D? stride = null, Padding2D? padding = null, Size2D? outputPadding = null,
        Size2D? dilation = null, int groups = 1, bool bias = true)
        : base(name)
    {
        (_inputs, _outputs, _kernel, _groups) = (inputs, outputs, kernel, groups);
        (_stride, _padding, _outputPadding, _dilation) = (stride ?? 1, padding ?? 0, outputPadding ?? 0, dilation ?? 1);
        AtLeast(1, inputs, nameof(inputs));
        AtLeast(1, outputs, nameof(outputs));
        AtLeast(1, Math.Min(kernel.Height, kernel.Width), nameof(kernel));
        AtLeast(1, Math.Min(_stride.Height, _stride.Width), nameof(stride));
        AtLeast(0, Math.Min(Math.Min(_padding.Top, _padding.Bottom), Math.Min(_padding.Left, _padding.Right)), nameof(padding));
        AtLeast(0, Math.Min(_outputPadding.Height, _outputPadding.Width), nameof(outputPadding));
        AtLeast(1, Math.Min(_dilation.Height, _dilation.Width), nameof(dilation));
        AtLeast(1, groups, nameof(groups));
        if (_outputPadding.Height >= _stride.Height || _outputPadding.Width >= _stride.Width)
            throw new ArgumentOutOfRangeException(
                nameof(outputPadding), $"outputPadding of {name} must be less than the stride of {_stride}, got {_outputPadding}.");
        if (inputs % groups != 0 || outputs % groups != 0)
            throw new ArgumentException($"groups of {name} must divide {inputs} inputs and {outputs} outputs, got {groups}.", nameof(groups));

        // PyTorch takes the weights' second size for what an output sums, whichever way they are used.
        var fanIn = checked(outputs / groups * kernel.Height * kernel.Width);
        _weight = new Parameter($"{name}.weight", [inputs, outputs / groups, kernel.Height, kernel.Width], Initialisation.FanInUniform(fanIn));
        _bias = bias ? new Parameter($"{name}.bias", [outputs], Initialisation.FanInUniform(fanIn)) : null;
        Parameters = _bias is null ? [_weight] : [_weight, _bias];
    }

    private ConvTranspose2d(ConvTranspose2d other, Parameter weight, Parameter? bias)
        : base(other.Name)
    {
        (_inputs, _outputs, _kernel, _groups) = (other._inputs, other._outputs, other._kernel, other._groups);
        (_stride, _padding, _outputPadding, _dilation) = (other._stride, other._padding, other._outputPadding, other._dilation);
        (_weight, _bias, Parameters) = (weight, bias, bias is null ? [weight] : [weight, bias]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    internal override Padding2D Border => ConvolutionBorder.Of(_kernel, _stride, _padding, _dilation);

    internal override IReadOnlyList<LayerPlan> Plans => _planned is null ? [] : [new LayerPlan(Name, _planned.Plan)];

    /// <summary>Filter, step, padding, step between taps and groups, for writers of other formats.</summary>
    internal (Size2D Kernel, Size2D Stride, Padding2D Padding, Size2D Dilation, int Groups) Window => (_kernel, _stride, _padding, _dilation, _groups);

    /// <summary>Rows and columns added at the end.</summary>
    internal Size2D OutputPadding => _outputPadding;

    internal override Layer Twin() => new ConvTranspose2d(this, _weight, _bias);

    internal override Layer Snapshot() => new ConvTranspose2d(this, _weight.Snapshot(), _bias?.Snapshot());

    internal override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var packed = _planned!.Packed.Current(Timing);
        var start = Stopwatch.GetTimestamp();
        _x = x;
        _planned!.Plan.BackwardData(x, packed, _y!, _zeros!.Forward(training));
        _biasSweeps?.Add(_y!, Workspace.Topology);
        var ofBias = _biasSweeps is null ? default : LayerTraffic.Reading(_y!) + LayerTraffic.Writing(_y!);
        start += _planned.Packed.Count(Timing);
        Timing.Add(LayerPass.Forward, start, LayerTraffic.Reading(x) + LayerTraffic.ReadingWeights(_weight) + LayerTraffic.Writing(_y!) + ofBias);
        return _y!;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var start = Stopwatch.GetTimestamp();
        _planned!.Plan.BackwardWeights(dy, _x!, _weight.Gradients, [], _zeros!.BackwardWeights(_weight.GradientMask));
        _biasSweeps?.TakeGradient(dy, Workspace.Topology);
        var ofBias = _biasSweeps is null ? default : LayerTraffic.Reading(dy);
        Timing.Add(LayerPass.BackwardWeights, start, LayerTraffic.Reading(_x!, dy) + LayerTraffic.WritingWeights(_weight) + ofBias);

        BlockedTensor? dx = null;
        if (wantsInputGradient)
        {
            dx = Workspace.Gradients.RentLike(_x!);
            start = Stopwatch.GetTimestamp();
            _planned.Plan.Forward(dy, _planned.Packed.Weights, [], dx, _zeros.BackwardData());
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
        var output = Output(input);
        var shape = new ConvolutionShape(
            Workspace.Batch, _outputs, output.Height, output.Width, _inputs, _kernel.Height, _kernel.Width, _stride, _padding, _dilation, _groups);
        _planned = PlannedWeights.Of(_weight, shape, range: null, Workspace);
        _y = Workspace.CreateTensor(output);
        _biasSweeps = _bias is null ? null : new ChannelBias(_bias, _y);
        Timing.MultiplyAdds = shape.MultiplyAdds;
        return output;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output)
    {
        var zeros = base.DescribeZeros(output);
        _zeros = new ConvolutionZeros(InputZeros, zeros, areUsed: Workspace.CountsZeros, isTransposed: true);
        _zeros.Ask();
        return zeros;
    }

    private protected override void Release()
    {
        _planned?.Leave();
        _biasSweeps?.Dispose();
        _y?.Dispose();
        (_planned, _biasSweeps, _y, _x, _zeros) = (null, null, null, null, null);
    }

    private static void AtLeast(int least, int value, string argument)
    {
        if (value < least) throw new ArgumentOutOfRangeException(argument, $"{argument} must be {least} or more, got {value}.");
    }

    private FeatureShape Output(FeatureShape input)
    {
        var (pad, more) = (_padding, _outputPadding);
        var height = Side(input.Height, _stride.Height, pad.Top + (long)pad.Bottom, _kernel.Height, _dilation.Height, more.Height);
        var width = Side(input.Width, _stride.Width, pad.Left + (long)pad.Right, _kernel.Width, _dilation.Width, more.Width);
        if (Math.Min(height, width) < 1 || Math.Max(height, width) > int.MaxValue)
            throw new ArgumentException(
                $"{Name} must have an output of 1x1 or more, but of {input} from the layer before it makes {height}x{width}.", nameof(input));
        return new FeatureShape(_outputs, (int)height, (int)width);

        static long Side(int size, int stride, long padding, int taps, int dilation, int more) =>
            ((size - 1L) * stride) - padding + ((taps - 1L) * dilation) + more + 1;
    }
}
