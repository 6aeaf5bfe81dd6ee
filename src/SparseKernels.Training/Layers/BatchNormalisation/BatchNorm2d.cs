using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// Batch normalisation per channel (Ioffe and Szegedy 2015), <c>y = (x − mean)/√(var + ε) · weight + bias</c>, optionally with a ReLU
/// behind it in the same sweep. Training uses the batch's mean and biased variance and moves the running statistics towards the mean and
/// the unbiased variance, as PyTorch's <c>nn.BatchNorm2d</c> does; inference uses the running statistics, and so does training, without moving
/// them, where weight and bias are frozen. In a graph it may have a second input of the same sizes, which is added before the ReLU in the
/// same sweep: the end of a residual block.
/// </summary>
public sealed unsafe class BatchNorm2d : Layer
{
    private readonly bool _relu;
    private readonly ChannelNormaliser _normaliser;
    private BlockedTensor? _x;
    private BlockedTensor? _y;

    /// <summary>With an addend and a ReLU: where y is over 0, a bit for each lane of each pixel of its planes; null where no Backward follows.</summary>
    private ushort[]? _positive;

    /// <summary>Makes a batch normalisation.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="channels">Channels; 1 or more.</param>
    /// <param name="relu">Whether a ReLU follows in the same sweep.</param>
    /// <param name="epsilon">What is added to the variance; over 0.</param>
    /// <param name="momentum">The share of the batch in the running statistics; over 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public BatchNorm2d(string name, int channels, bool relu = false, float epsilon = 1e-5f, float momentum = 0.1f)
        : base(name)
    {
        _relu = relu;
        _normaliser = new ChannelNormaliser(name, channels, epsilon, momentum);
    }

    private BatchNorm2d(BatchNorm2d other, ChannelNormaliser normaliser)
        : base(other.Name) => (_relu, _normaliser) = (other._relu, normaliser);

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _normaliser.Parameters;

    internal override bool Normalises => true;

    internal override bool TakesSecondGradient => true;

    /// <inheritdoc/>
    public override IReadOnlyList<NamedTensor> Buffers => _normaliser.Buffers;

    internal override (int Least, int Most) InputCount => (1, 2);

    /// <summary>Whether a ReLU follows in the same sweep.</summary>
    internal bool HasRelu => _relu;

    /// <summary>What is added to the variance, and the share of the batch in the running statistics.</summary>
    internal (float Epsilon, float Momentum) Settings => _normaliser.Settings;

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Follows;

    internal override bool SpoilsBorder => true;

    internal override Layer Twin() => new BatchNorm2d(this, _normaliser.Twin());

    internal override Layer Snapshot() => new BatchNorm2d(this, _normaliser.Snapshot());

    /// <inheritdoc cref="ChannelNormaliser.AffineOf"/>
    internal (double Scale, double Shift) AffineOf(int c) => _normaliser.AffineOf(c);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => _normaliser.Link(input);

    internal override ChannelSpace Link(ChannelLinks links, ReadOnlySpan<ChannelSpace> inputs)
    {
        var channels = _normaliser.Link(inputs[0]);
        return inputs.Length == 1 ? channels : links.Join(inputs[1], channels);
    }

    internal override void RenameBuffer(int index, string name) => _normaliser.RenameBuffer(index, name);

    internal override void ResetBuffers() => _normaliser.ResetBuffers();

    internal override BlockedTensor Forward(BlockedTensor x, bool training) => Forward(x, addend: null, training);

    internal override BlockedTensor Forward(ReadOnlySpan<BlockedTensor> inputs, bool training) =>
        Forward(inputs[0], inputs.Length > 1 ? inputs[1] : null, training);

    internal override void Backward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients)
    {
        if (gradients.Length == 1)
        {
            gradients[0] = Backward(dy, wanted[0]);
            return;
        }

        (gradients[0], gradients[1]) = (BackwardWithAddend(dy), dy);
        for (var i = 0; i < gradients.Length; i++)
        {
            if (wanted[i]) continue;
            Workspace.Gradients.Return(gradients[i]!);
            gradients[i] = null;
        }
    }

    /// <summary>As <see cref="Layer.Forward(BlockedTensor, bool)"/>, with a tensor of x's sizes added before the ReLU: the end of a residual block.</summary>
    internal BlockedTensor Forward(BlockedTensor x, BlockedTensor? addend, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        var nonZeros = OutputZeros.Words();
        _x = x;
        if (nonZeros.AreWanted) Normalise<On>(x, addend, nonZeros, training);
        else Normalise<Off>(x, addend, nonZeros, training);
        OutputZeros.Take();
        var ofAddend = addend is null ? default : LayerTraffic.Reading(addend);
        Timing.Add(LayerPass.Forward, start, _normaliser.StatisticsTraffic + LayerTraffic.Reading(x) + ofAddend + LayerTraffic.Writing(_y!));
        return _y!;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        Run<Off>(dy, dy, wantsInputGradient);
        if (wantsInputGradient) return dy;
        Workspace.Gradients.Return(dy);
        return null;
    }

    /// <summary>Backward after a Forward with an addend.</summary>
    /// <param name="dy">The output's gradient; overwritten with the addend's gradient.</param>
    /// <returns>The gradient of x, rented from the workspace.</returns>
    internal BlockedTensor BackwardWithAddend(BlockedTensor dy)
    {
        // Of a second gradient nothing is needed any more where dx is written, and it lies in the cache.
        var dx = SecondGradient ?? Workspace.Gradients.RentLike(dy);
        Run<On>(dy, dx, wantsInputGradient: true);
        return dx;
    }

    private void Run<TAdd>(BlockedTensor dy, BlockedTensor dx, bool wantsInputGradient)
        where TAdd : struct, ISwitch
    {
        var start = Stopwatch.GetTimestamp();
        if (SecondGradient is not { } second)
        {
            if (_relu) Run<On, TAdd, Off>(start, dy, dy, dx, wantsInputGradient);
            else Run<Off, TAdd, Off>(start, dy, dy, dx, wantsInputGradient);
            return;
        }

        SecondGradient = null;
        if (_relu) Run<On, TAdd, On>(start, dy, second, dx, wantsInputGradient);
        else Run<Off, TAdd, On>(start, dy, second, dx, wantsInputGradient);
        if (second != dx) Workspace.Gradients.Return(second);
    }

    private void Run<TRelu, TAdd, TSecond>(long start, BlockedTensor dy, BlockedTensor second, BlockedTensor dx, bool wantsInputGradient)
        where TRelu : struct, ISwitch
        where TAdd : struct, ISwitch
        where TSecond : struct, ISwitch
    {
        var x = _x!;
        var sweeps = _normaliser.BeginGradients(x, (TSecond.IsOn ? 3 : 2) * sizeof(float), Workspace.Topology);
        var work = new NormaliseBackward<TRelu, TAdd, TSecond>(_normaliser, x, _positive, dy, second, dx);
        if (wantsInputGradient) sweeps.Run(ref work);
        else sweeps.RunFirst(ref work);
        InputZeros.GradientDensity = OperandDensity.Full;
        var traffic = LayerTraffic.Reading(x, dy);
        if (TSecond.IsOn) traffic += LayerTraffic.Reading(second);
        if (TSecond.IsOn || (TRelu.IsOn && TAdd.IsOn)) traffic += LayerTraffic.Writing(dy);
        if (wantsInputGradient && !sweeps.TakeTurns) traffic += LayerTraffic.Reading(x, dy);
        if (wantsInputGradient) traffic += LayerTraffic.Writing(dx);
        Timing.Add(LayerPass.BackwardData, start, traffic);
    }

    private void Normalise<TCount>(BlockedTensor x, BlockedTensor? addend, NonZeroWords nonZeros, bool training)
        where TCount : struct, ISwitch
    {
        if (addend is null && _relu) Run(new Normalise<On, Off, TCount>(_normaliser, x, null, _y!, null, nonZeros), x, training);
        else if (addend is null) Run(new Normalise<Off, Off, TCount>(_normaliser, x, null, _y!, null, nonZeros), x, training);
        else if (_relu) Run(new Normalise<On, On, TCount>(_normaliser, x, addend, _y!, _positive, nonZeros), x, training);
        else Run(new Normalise<Off, On, TCount>(_normaliser, x, addend, _y!, null, nonZeros), x, training);
    }

    private void Run<TWork>(TWork work, BlockedTensor x, bool training)
        where TWork : struct, IPairedWork => _normaliser.Forward(ref work, x, training, InfersInTraining, Workspace);

    private protected override FeatureShape Allocate(ReadOnlySpan<FeatureShape> inputs)
    {
        if (inputs.Length > 1 && inputs[0] != inputs[1])
            throw new ArgumentException($"{Name} adds tensors of the same sizes, got {inputs[0]} and {inputs[1]}.", nameof(inputs));
        var output = Allocate(inputs[0]);
        var view = new PlaneView(_y!);
        if (_relu && inputs.Length > 1 && Workspace.Trains)
            _positive = GC.AllocateArray<ushort>(checked(view.Count * (int)(view.Runs * view.RunLength / Lanes.Count)), pinned: true);
        return output;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _normaliser.Allocate(input, Workspace, InputZeros, () => InfersInTraining);
        _y = Workspace.CreateTensor(input);
        return input;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, gatesGradient: _relu);

    private protected override void Release()
    {
        _normaliser.Release();
        _y?.Dispose();
        (_x, _y, _positive) = (null, null, null);
    }
}
