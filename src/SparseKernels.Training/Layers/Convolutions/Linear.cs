using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>
/// Fully connected layer <c>y[n,k] = bias[k] + Σ_i x[n,i] · w[k,i]</c>, where i runs over C, H and W of the input in that order, as
/// after PyTorch's <c>flatten</c>; <c>weight [K, C·H·W]</c> and <c>bias [K]</c> as <c>nn.Linear</c> keeps them.
/// </summary>
/// <remarks>
/// It runs as a 1×1 convolution over one image whose pixels are the images of the batch: so the kernels have a row of pixels to share
/// each weight between, which a batch of one-pixel images would not give them. Where tensors are batch-blocked it is a convolution whose
/// filter is as large as the image.
/// </remarks>
public sealed class Linear : Layer
{
    private readonly FeatureShape _input;
    private readonly Conv2d _convolution;

    /// <summary>The layer where tensors are batch-blocked: a filter as large as the image, no pixel of which needs to be moved.</summary>
    private Conv2d? _whole;
    private Workspace? _columnSpace;
    private ActivationZeros? _columnZeros;
    private BlockedTensor? _columns;
    private BlockedTensor? _y;

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="input">The sizes of one image of the input; C×1×1 after a pooling over the whole image.</param>
    /// <param name="outputs">Outputs K.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <exception cref="ArgumentException">A size is under 1 or too large.</exception>
    public Linear(string name, FeatureShape input, int outputs, bool bias = true)
        : base(name)
    {
        _input = input;
        _convolution = new Conv2d(
            name, input.Length, outputs, kernel: 1, stride: 1, padding: 0, dilation: 1, groups: 1, bias,
            fanOutNormal: false, weightShape: [outputs, input.Length]);
        Timings = [.. _convolution.Timings, Timing];
    }

    private Linear(Linear other, Layer convolution)
        : base(other.Name)
    {
        (_input, _convolution) = (other._input, (Conv2d)convolution);
        Timings = [.. _convolution.Timings, Timing];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _convolution.Parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<LayerTiming> Timings { get; }

    internal override Padding2D Border => _convolution.WithKernel(_input.Channels, new Size2D(_input.Height, _input.Width)).Border;

    internal override IReadOnlyList<LayerPlan> Plans => _whole?.Plans ?? _convolution.Plans;

    internal override Layer Twin() => new Linear(this, _convolution.Twin());

    internal override Layer Snapshot() => new Linear(this, _convolution.Snapshot());

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => _convolution.Link(links, input);

    internal override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        if (_whole is not null) return _whole.Forward(x, training);
        var start = Stopwatch.GetTimestamp();
        Transpose(x, _columns!, toColumns: true);
        _columnZeros!.Density = WithoutRuns(InputZeros.Density);
        Timing.Add(LayerPass.Forward, start, LayerTraffic.Reading(x) + LayerTraffic.Writing(_columns!));
        var y = _convolution.Forward(_columns!, training);
        start = Stopwatch.GetTimestamp();
        Transpose(_y!, y, toColumns: false);
        Timing.Add(LayerPass.Forward, start, LayerTraffic.Reading(y) + LayerTraffic.Writing(_y!));
        return _y!;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        if (_whole is not null) return _whole.Backward(dy, wantsInputGradient);
        var start = Stopwatch.GetTimestamp();
        var columns = _columnSpace!.Gradients.Rent(1, dy.C, 1, dy.N);
        Transpose(dy, columns, toColumns: true);
        _convolution.OutputZeros.GradientDensity = WithoutRuns(OutputZeros.GradientDensity);
        Workspace.Gradients.Return(dy);
        Timing.Add(LayerPass.BackwardData, start, LayerTraffic.Reading(dy) + LayerTraffic.Writing(columns));
        var gradient = _convolution.Backward(columns, wantsInputGradient);
        if (gradient is null) return null;
        start = Stopwatch.GetTimestamp();
        var dx = Workspace.Gradients.Rent(Workspace.Batch, _input.Channels, _input.Height, _input.Width);
        Transpose(dx, gradient, toColumns: false);
        _columnSpace.Gradients.Return(gradient);
        Timing.Add(LayerPass.BackwardData, start, LayerTraffic.Reading(gradient) + LayerTraffic.Writing(dx));
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        if (input != _input) throw new ArgumentException($"{Name} takes {_input}, but the layer before it gives {input}.", nameof(input));
        if (Workspace.Layout == BlockedLayout.BatchBlocked)
        {
            _whole = _convolution.WithKernel(input.Channels, new Size2D(input.Height, input.Width));
            return _whole.Build(input, Workspace, InputZeros);
        }

        _columnSpace = new Workspace(
            batch: 1, Workspace.Topology, Workspace.Seed, Workspace.Schedule, Workspace.Calibration, plans: Workspace.Plans);
        var columns = new FeatureShape(input.Length, 1, Workspace.Batch);
        _columnZeros = ActivationZeros.Derived(batch: 1, columns, InputZeros);
        var outputs = _convolution.Build(columns, _columnSpace, _columnZeros).Channels;
        _columns = new BlockedTensor(1, input.Length, 1, Workspace.Batch);
        _y = new BlockedTensor(Workspace.Batch, outputs, 1, 1);
        return new FeatureShape(outputs, 1, 1);
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output)
    {
        var zeros = base.DescribeZeros(output);
        if (Workspace.CountsZeros) zeros.AskForGradient();
        return zeros;
    }

    private protected override void Release()
    {
        _convolution.Dispose();
        _whole?.Dispose();
        _columnSpace?.Dispose();
        _columns?.Dispose();
        _y?.Dispose();
        (_whole, _columnSpace, _columnZeros, _columns, _y) = (null, null, null, null, null);
    }

    /// <summary>The density of a tensor as columns: as many zeros, in other runs.</summary>
    private static OperandDensity? WithoutRuns(OperandDensity? density) => density is { } known ? new OperandDensity(known.Fine) : null;

    private void Transpose(BlockedTensor images, BlockedTensor columns, bool toColumns)
    {
        var work = new TransposeWork(images, columns, toColumns);
        if (images.Length < TransposeWork.EnoughForThreads) WorkerPool.Shared.Run(ref work, images.N, threads: 1);
        else WorkerPool.Shared.Run(ref work, images.N, Workspace.Topology);
    }

    /// <summary>Between <c>[N, C, H, W]</c> and <c>[1, C·H·W, 1, N]</c>, both channel-blocked: one item for each image.</summary>
    private readonly unsafe struct TransposeWork(BlockedTensor images, BlockedTensor columns, bool toColumns) : IWork
    {
        /// <summary>Floats under which waking other threads costs more than it saves.</summary>
        public const int EnoughForThreads = 1 << 16;

        private readonly float* _images = images.Pointer;
        private readonly float* _columns = columns.Pointer;
        private readonly int _count = images.N;
        private readonly int _channels = images.C;
        private readonly int _pixels = images.H * images.W;
        private readonly nint _imageLength = images.Length / images.N;

        public void Do(int item, int worker)
        {
            var image = _images + (item * _imageLength);
            var column = _columns + ((nint)item * Lanes.Count);
            var step = (nint)_count * Lanes.Count;
            if (_pixels == 1)
            {
                for (nint at = 0; at < _imageLength; at += Lanes.Count, column += step)
                {
                    if (toColumns) Lanes.Load(image + at).Store(column);
                    else Lanes.Load(column).Store(image + at);
                }

                return;
            }

            for (var c = 0; c < _channels; c++)
            {
                var plane = image + ((nint)(c / Lanes.Count) * _pixels * Lanes.Count) + (c % Lanes.Count);
                for (var i = 0; i < _pixels; i++)
                {
                    var feature = (c * _pixels) + i;
                    var at = column + (feature / Lanes.Count * step) + (feature % Lanes.Count);
                    if (toColumns) *at = plane[(nint)i * Lanes.Count];
                    else plane[(nint)i * Lanes.Count] = *at;
                }
            }
        }
    }
}
