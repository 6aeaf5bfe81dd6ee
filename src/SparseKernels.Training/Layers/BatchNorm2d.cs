using System.Diagnostics;
using SparseKernels.Memory;

namespace SparseKernels.Training.Layers;

/// <summary>
/// Batch normalisation per channel (Ioffe and Szegedy 2015), <c>y = (x − mean)/√(var + ε) · weight + bias</c>, optionally with a ReLU
/// behind it in the same sweep. Training uses the batch's mean and biased variance and moves the running statistics towards the mean and
/// the unbiased variance, as PyTorch's <c>nn.BatchNorm2d</c> does; inference uses the running statistics.
/// </summary>
public sealed unsafe class BatchNorm2d : Layer
{
    private readonly int _channels;
    private readonly bool _relu;
    private readonly float _epsilon;
    private readonly float _momentum;
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly float[] _runningMean;
    private readonly float[] _runningVariance;
    private ChannelVectors? _vectors;
    private AlignedBuffer? _partials;
    private BlockedTensor? _x;
    private BlockedTensor? _y;
    private bool _trained;

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
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (!(epsilon > 0 && float.IsFinite(epsilon))) throw new ArgumentOutOfRangeException(nameof(epsilon), $"epsilon must be finite and over 0, got {epsilon}.");
        if (!(momentum > 0 && momentum <= 1)) throw new ArgumentOutOfRangeException(nameof(momentum), $"momentum must be over 0 and at most 1, got {momentum}.");
        (_channels, _relu, _epsilon, _momentum) = (channels, relu, epsilon, momentum);
        _weight = new Parameter($"{name}.weight", [channels], Initialisation.Constant(1));
        _bias = new Parameter($"{name}.bias", [channels], Initialisation.Constant(0));
        Parameters = [_weight, _bias];
        _runningMean = new float[channels];
        _runningVariance = new float[channels];
        Array.Fill(_runningVariance, 1);
        Buffers = [new NamedTensor($"{name}.running_mean", [channels], _runningMean), new NamedTensor($"{name}.running_var", [channels], _runningVariance)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NamedTensor> Buffers { get; }

    private double* Partials => (double*)_partials!.Pointer;

    internal override void ResetBuffers()
    {
        Array.Clear(_runningMean);
        Array.Fill(_runningVariance, 1);
    }

    internal override BlockedTensor Forward(BlockedTensor x, bool training) => Forward(x, addend: null, training);

    /// <summary>As <see cref="Layer.Forward"/>, with a tensor of x's sizes added before the ReLU: the end of a residual block.</summary>
    internal BlockedTensor Forward(BlockedTensor x, BlockedTensor? addend, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        _x = x;
        _trained = training;
        var v = _vectors!;
        if (training) UseBatchStatistics(x);
        else UseRunningStatistics();
        var y = _y!;
        if (addend is null)
        {
            if (_relu) Run(new Normalise<On, Off>(x, v.Scale, v.Shift, null, y));
            else Run(new Normalise<Off, Off>(x, v.Scale, v.Shift, null, y));
        }
        else
        {
            if (_relu) Run(new Normalise<On, On>(x, v.Scale, v.Shift, addend, y));
            else Run(new Normalise<Off, On>(x, v.Scale, v.Shift, addend, y));
        }

        Timing.Add(LayerPass.Forward, start);
        return y;
    }

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var start = Stopwatch.GetTimestamp();
        var v = _vectors!;
        if (_relu) Run(new NormaliseBackwardSums<On, Off>(_x!, _y!, dy, v.Mean, v.Scale, v.Shift, Partials));
        else Run(new NormaliseBackwardSums<Off, Off>(_x!, _y!, dy, v.Mean, v.Scale, v.Shift, Partials));
        ReduceGradients();
        if (wantsInputGradient)
        {
            if (_relu) Run(new NormaliseBackwardData<On>(_x!, dy, dy, v.Mean, v.Scale, v.Shift, v.Slope, v.Offset));
            else Run(new NormaliseBackwardData<Off>(_x!, dy, dy, v.Mean, v.Scale, v.Shift, v.Slope, v.Offset));
        }
        else
        {
            Workspace.Gradients.Return(dy);
        }

        Timing.Add(LayerPass.BackwardData, start);
        return wantsInputGradient ? dy : null;
    }

    /// <summary>Backward after a Forward with an addend.</summary>
    /// <param name="dy">The output's gradient; overwritten with the addend's gradient.</param>
    /// <returns>The gradient of x, rented from the workspace.</returns>
    internal BlockedTensor BackwardWithAddend(BlockedTensor dy)
    {
        var start = Stopwatch.GetTimestamp();
        var v = _vectors!;
        if (_relu) Run(new NormaliseBackwardSums<On, On>(_x!, _y!, dy, v.Mean, v.Scale, v.Shift, Partials));
        else Run(new NormaliseBackwardSums<Off, On>(_x!, _y!, dy, v.Mean, v.Scale, v.Shift, Partials));
        ReduceGradients();
        var dx = Workspace.Gradients.RentLike(dy);
        Run(new NormaliseBackwardData<Off>(_x!, dy, dx, v.Mean, v.Scale, v.Shift, v.Slope, v.Offset));
        Timing.Add(LayerPass.BackwardData, start);
        return dx;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        if (input.Channels != _channels)
            throw new ArgumentException($"{Name} takes {_channels} channels, but the layer before it gives {input}.", nameof(input));
        _y = new BlockedTensor(Workspace.Batch, input.Channels, input.Height, input.Width);
        _vectors = new ChannelVectors(_channels);
        _partials = new AlignedBuffer((long)_y.N * _y.ChannelBlocks * ChannelStatistics.Stride * sizeof(double) / sizeof(float));
        return input;
    }

    private protected override void Release()
    {
        _y?.Dispose();
        _vectors?.Dispose();
        _partials?.Dispose();
        (_x, _y, _vectors, _partials) = (null, null, null, null);
    }

    private void Run<TWork>(TWork work)
        where TWork : struct, IPlaneWork => Planes.Run(ref work, _y!, Workspace.Threads);

    private void UseBatchStatistics(BlockedTensor x)
    {
        var count = (long)x.N * x.H * x.W;
        if (count < 2) throw new InvalidOperationException($"{Name} needs more than one value per channel to train; the batch is [{x.N}, {x.C}, {x.H}, {x.W}].");
        Run(new ChannelStatistics(x, Partials));
        var totals = stackalloc double[ChannelStatistics.Stride];
        for (var c = 0; c < _channels; c++)
        {
            var lane = c % Lanes.Count;
            if (lane == 0) ChannelStatistics.Total(Partials, x.N, x.ChannelBlocks, c / Lanes.Count, totals);
            var pivot = x.Pointer[((nint)(c / Lanes.Count) * x.H * x.W * Lanes.Count) + lane];
            var fromPivot = totals[lane] / count;
            var mean = pivot + fromPivot;
            var variance = Math.Max(0, (totals[Lanes.Count + lane] / count) - (fromPivot * fromPivot));
            _runningMean[c] = (float)(((1 - _momentum) * (double)_runningMean[c]) + (_momentum * mean));
            _runningVariance[c] = (float)(((1 - _momentum) * (double)_runningVariance[c]) + (_momentum * variance * count / (count - 1)));
            SetScale(c, mean, variance);
        }
    }

    private void UseRunningStatistics()
    {
        for (var c = 0; c < _channels; c++) SetScale(c, _runningMean[c], _runningVariance[c]);
    }

    private void SetScale(int c, double mean, double variance)
    {
        var v = _vectors!;
        var inverse = 1 / Math.Sqrt(variance + _epsilon);
        v.Mean[c] = (float)mean;
        v.InverseDeviation[c] = (float)inverse;
        v.Scale[c] = (float)(_weight.Value[c] * inverse);
        v.Shift[c] = (float)(_bias.Value[c] - (mean * _weight.Value[c] * inverse));
    }

    /// <summary>
    /// Gradients of weight and bias, and the two numbers per channel that the second sweep needs:
    /// <c>dx = scale·(g − Σg/m − x̂·Σ(g·x̂)/m)</c> with x̂ = (x − mean)·inverse deviation.
    /// </summary>
    private void ReduceGradients()
    {
        if (!_trained) throw new InvalidOperationException($"{Name}: Backward needs a training Forward before it.");
        var x = _x!;
        var v = _vectors!;
        var count = (double)x.N * x.H * x.W;
        var totals = stackalloc double[ChannelStatistics.Stride];
        for (var c = 0; c < _channels; c++)
        {
            var lane = c % Lanes.Count;
            if (lane == 0) ChannelStatistics.Total(Partials, x.N, x.ChannelBlocks, c / Lanes.Count, totals);
            var sum = totals[lane];
            var product = totals[Lanes.Count + lane] * v.InverseDeviation[c];
            _bias.Gradient[c] = (float)sum;
            _weight.Gradient[c] = (float)product;
            v.Offset[c] = (float)(-v.Scale[c] * sum / count);
            v.Slope[c] = (float)(-v.Scale[c] * product / count * v.InverseDeviation[c]);
        }
    }
}
