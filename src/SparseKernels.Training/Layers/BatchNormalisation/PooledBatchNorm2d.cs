using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// <see cref="BatchNorm2d"/>, ReLU and a <see cref="MaxPool2d"/> of square windows that don't overlap, in one layer and about half their
/// memory traffic: <c>y = max over each window of relu((x − mean)/√(var + ε) · weight + bias)</c>. Gradients are those of the three
/// layers in a row.
/// </summary>
public sealed unsafe class PooledBatchNorm2d : Layer
{
    private readonly int _size;
    private readonly ChannelNormaliser _normaliser;
    private BlockedTensor? _x;
    private BlockedTensor? _y;
    private byte[] _winners = [];

    /// <summary>Makes the layer.</summary>
    /// <param name="name">The batch normalisation's path in the network.</param>
    /// <param name="channels">Channels; 1 or more.</param>
    /// <param name="size">Height, width and stride of the windows; 1 to 15. Rows and columns that fill no window are left out.</param>
    /// <param name="epsilon">What is added to the variance; over 0.</param>
    /// <param name="momentum">The share of the batch in the running statistics; over 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public PooledBatchNorm2d(string name, int channels, int size = 2, float epsilon = 1e-5f, float momentum = 0.1f)
        : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 15);
        _size = size;
        _normaliser = new ChannelNormaliser(name, channels, epsilon, momentum);
    }

    private PooledBatchNorm2d(PooledBatchNorm2d other, ChannelNormaliser normaliser)
        : base(other.Name) => (_size, _normaliser) = (other._size, normaliser);

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _normaliser.Parameters;

    internal override bool Normalises => true;

    /// <remarks>Backward works the winners' inputs out from it.</remarks>
    internal override bool KeepsOutput => true;

    /// <inheritdoc/>
    public override IReadOnlyList<NamedTensor> Buffers => _normaliser.Buffers;

    /// <summary>Height, width and stride of the windows.</summary>
    internal int Size => _size;

    /// <summary>What is added to the variance, and the share of the batch in the running statistics.</summary>
    internal (float Epsilon, float Momentum) Settings => _normaliser.Settings;

    internal override Layer Twin() => new PooledBatchNorm2d(this, _normaliser.Twin());

    internal override Layer Snapshot() => new PooledBatchNorm2d(this, _normaliser.Snapshot());

    /// <inheritdoc cref="ChannelNormaliser.AffineOf"/>
    internal (double Scale, double Shift) AffineOf(int c) => _normaliser.AffineOf(c);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => _normaliser.Link(input);

    internal override void ResetBuffers() => _normaliser.ResetBuffers();

    internal override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        var nonZeros = OutputZeros.Words();
        _x = x;
        if (nonZeros.AreWanted) Pool<On>(x, nonZeros, training);
        else Pool<Off>(x, nonZeros, training);
        OutputZeros.Take();
        Timing.Add(LayerPass.Forward, start, _normaliser.StatisticsTraffic + LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!) + new LayerTraffic(0, _winners.Length));
        return _y!;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var start = Stopwatch.GetTimestamp();
        var x = _x!;
        var dx = wantsInputGradient ? Workspace.Gradients.RentLike(x) : null;
        var sweeps = _normaliser.BeginGradients(x, Math.Max(1, 2 * sizeof(float) / (_size * _size)), Workspace.Topology);
        var work = new NormalisePooledBackward(_size, _normaliser, x, _y!, dy, dx ?? x, _winners);
        var traffic = LayerTraffic.Reading(_y!, dy);
        if (dx is null)
        {
            sweeps.RunFirst(ref work);
        }
        else
        {
            sweeps.Run(ref work);
            traffic += LayerTraffic.Reading(x) + LayerTraffic.Writing(dx) + new LayerTraffic(_winners.Length, 0);
            if (!sweeps.TakeTurns) traffic += LayerTraffic.Reading(dy);
            InputZeros.GradientDensity = OperandDensity.Full;
        }

        Workspace.Gradients.Return(dy);
        Timing.Add(LayerPass.BackwardData, start, traffic);
        return dx;
    }

    private void Pool<TCount>(BlockedTensor x, NonZeroWords nonZeros, bool training)
        where TCount : struct, ISwitch
    {
        var work = new NormalisePooled<TCount>(_size, _normaliser, x, _y!, _winners, nonZeros);
        _normaliser.Forward(ref work, x, training, InfersInTraining, Workspace);
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _normaliser.Allocate(input, Workspace, InputZeros, () => InfersInTraining);
        var output = new PoolingWindow(_size, stride: null, padding: 0).Output(input, Name);
        _y = Workspace.CreateTensor(output);
        _winners = GC.AllocateArray<byte>(Winner.LengthFor(_y), pinned: true);
        return output;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, gatesGradient: true);

    private protected override void Release()
    {
        _normaliser.Release();
        _y?.Dispose();
        (_x, _y, _winners) = (null, null, []);
    }
}
