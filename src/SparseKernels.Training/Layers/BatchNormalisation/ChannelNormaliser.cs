using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// What every form of batch normalisation shares: parameters, running statistics, and the numbers per channel that its sweeps over
/// memory read. The sums that the sweeps leave per plane are added up here in a fixed order.
/// </summary>
internal sealed unsafe class ChannelNormaliser
{
    private readonly string _name;
    private readonly int _channels;
    private readonly float _epsilon;
    private readonly float _momentum;
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly float[] _runningMean;
    private readonly float[] _runningVariance;
    private readonly NamedTensor[] _buffers;
    private ChannelVectors? _vectors;
    private AlignedBuffer? _partials;
    private ChannelMoments? _moments;
    private ChannelMoment[] _batchMoments = [];
    private bool _trained;
    private bool _usesBatch;
    private BatchStatistics? _ofRanks;

    public ChannelNormaliser(string name, int channels, float epsilon, float momentum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (!(epsilon > 0 && float.IsFinite(epsilon)))
            throw new ArgumentOutOfRangeException(nameof(epsilon), $"epsilon must be finite and over 0, got {epsilon}.");
        if (!(momentum > 0 && momentum <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), $"momentum must be over 0 and at most 1, got {momentum}.");
        (_name, _channels, _epsilon, _momentum) = (name, channels, epsilon, momentum);
        _weight = new Parameter($"{name}.weight", [channels], Initialisation.Constant(1));
        _bias = new Parameter($"{name}.bias", [channels], Initialisation.Constant(0));
        Parameters = [_weight, _bias];
        _runningMean = new float[channels];
        _runningVariance = new float[channels];
        _buffers = [new NamedTensor($"{name}.running_mean", [channels], _runningMean), new NamedTensor($"{name}.running_var", [channels], _runningVariance)];
        ResetBuffers();
    }

    private ChannelNormaliser(ChannelNormaliser other)
    {
        (_name, _channels, _epsilon, _momentum) = (other._name, other._channels, other._epsilon, other._momentum);
        (_weight, _bias, _runningMean, _runningVariance) = (other._weight, other._bias, other._runningMean, other._runningVariance);
        (Parameters, _buffers) = (other.Parameters, other._buffers);
    }

    private ChannelNormaliser(ChannelNormaliser other, Parameter weight, Parameter bias)
    {
        (_name, _channels, _epsilon, _momentum) = (other._name, other._channels, other._epsilon, other._momentum);
        (_weight, _bias, Parameters) = (weight, bias, [weight, bias]);
        (_runningMean, _runningVariance) = ((float[])other._runningMean.Clone(), (float[])other._runningVariance.Clone());
        _buffers = [other._buffers[0] with { Values = _runningMean }, other._buffers[1] with { Values = _runningVariance }];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<NamedTensor> Buffers => _buffers;

    public (float Epsilon, float Momentum) Settings => (_epsilon, _momentum);

    public ChannelVectors Vectors => _vectors!;

    /// <summary>What <see cref="Forward"/> read of x more than once in its last call.</summary>
    public LayerTraffic StatisticsTraffic { get; private set; }

    private bool IsFrozen => _weight.IsFrozen && _bias.IsFrozen;

    /// <summary>Sums of the planes, <see cref="ChannelStatistics.Stride"/> doubles each.</summary>
    public double* Partials => (double*)_partials!.Pointer;

    /// <summary>As <see cref="Layer.Twin"/>.</summary>
    public ChannelNormaliser Twin() => new(this);

    /// <summary>As <see cref="Layer.Snapshot"/>.</summary>
    public ChannelNormaliser Snapshot() => new(this, _weight.Snapshot(), _bias.Snapshot());

    /// <summary>
    /// What inference multiplies channel c by and adds then, from the running statistics: <c>weight/√(var + ε)</c> and <c>bias − mean ·
    /// weight/√(var + ε)</c>.
    /// </summary>
    public (double Scale, double Shift) AffineOf(int c)
    {
        var scale = _weight.Values[c] / Math.Sqrt((double)_runningVariance[c] + _epsilon);
        return (scale, _bias.Values[c] - (_runningMean[c] * scale));
    }

    /// <summary>As <see cref="Layer.Link(ChannelLinks, ChannelSpace)"/>.</summary>
    public ChannelSpace Link(ChannelSpace space)
    {
        foreach (var parameter in Parameters) space.Add(ChannelAxis.Outermost(parameter));
        foreach (var buffer in Buffers) space.Add(ChannelAxis.Outermost(buffer));
        return space;
    }

    /// <summary>Allocates for a workspace, and asks whoever writes the input for its sums, if he can take them.</summary>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="workspace">What all layers share.</param>
    /// <param name="inputZeros">Of the input.</param>
    /// <param name="infers">Whether the running statistics are used in training too, as it stands at the time of a Forward.</param>
    public void Allocate(FeatureShape input, Workspace workspace, ActivationZeros inputZeros, Func<bool> infers)
    {
        if (input.Channels != _channels)
            throw new ArgumentException($"{_name} takes {_channels} channels, but the layer before it gives {input}.", nameof(input));
        _vectors = new ChannelVectors(_channels);
        _batchMoments = new ChannelMoment[_channels];
        var batch = workspace.Batch;
        var planes = Math.Max((long)batch * LaneBlock.Count(_channels), (long)LaneBlock.Count(batch) * _channels);
        _partials = new AlignedBuffer(planes * ChannelStatistics.Stride * sizeof(double) / sizeof(float));
        if (!workspace.TakesMoments || !inputZeros.CanTakeMoments) return;
        _moments = new ChannelMoments(batch, input.Channels, input.Height, input.Width, _runningMean);
        inputZeros.MomentsWanted = () => UsesBatch(infers()) ? _moments : null;
    }

    public void Release()
    {
        _vectors?.Dispose();
        _partials?.Dispose();
        _moments?.Dispose();
        (_vectors, _partials, _moments) = (null, null, null);
    }

    public void RenameBuffer(int index, string name) => _buffers[index] = _buffers[index] with { Name = name };

    public void ResetBuffers()
    {
        Array.Clear(_runningMean);
        Array.Fill(_runningVariance, 1);
    }

    /// <summary>
    /// Sweeps over x for a Forward: the second sweep alone where the batch's statistics are known from the layer before, or the running ones are
    /// used; these also where weight and bias are frozen, which then stay as they are.
    /// </summary>
    /// <param name="work">The sweeps: the first leaves <see cref="ChannelStatistics"/>' sums, behind which it calls <see cref="ReduceMoments"/>.</param>
    /// <param name="x">The input.</param>
    /// <param name="training">Whether Backward may follow.</param>
    /// <param name="infers">Whether it uses the running statistics in any case.</param>
    /// <param name="workspace">Threads, and who else has a share of the batch.</param>
    public void Forward<TWork>(ref TWork work, BlockedTensor x, bool training, bool infers, Workspace workspace)
        where TWork : struct, IPairedWork
    {
        _trained = training;
        if (_ofRanks?.Ranks != workspace.Ranks)
            _ofRanks = workspace.Ranks is { Statistics: not null } ranks ? new BatchStatistics(_channels, ranks) : null;
        _usesBatch = training && UsesBatch(infers);
        StatisticsTraffic = default;
        var sweeps = PairedSweeps.OfChannels(x, sizeof(float), mayTakeTurns: _ofRanks is null, workspace.Topology);
        var count = (long)x.N * x.H * x.W;
        if (!_usesBatch)
        {
            UseRunningStatistics();
        }
        else if (count < 2)
        {
            throw new InvalidOperationException(
                $"{_name} needs more than one value per channel to train; the batch is [{x.N}, {x.C}, {x.H}, {x.W}].");
        }
        else if (FindMomentsOfWriter(count))
        {
            UseMoments(0, _channels, count);
        }
        else
        {
            if (!sweeps.TakeTurns) StatisticsTraffic = LayerTraffic.Reading(x);
            sweeps.Run(ref work);
            return;
        }

        sweeps.RunSecond(ref work);
    }

    /// <summary>The batch's means and variances by the sums of a sweep over x, and what the second sweep needs of them.</summary>
    /// <param name="x">The input.</param>
    /// <param name="unit">The first channel, or block of channels, as <see cref="IPairedWork.Between"/> has them; all where ranks share the batch.</param>
    /// <param name="count">How many.</param>
    public void ReduceMoments(in PlaneView x, int unit, int count)
    {
        var (first, end) = ChannelsOf(in x, unit, count);
        var values = (long)x.Images * x.Height * x.Width;
        var totals = stackalloc double[ChannelStatistics.Stride];
        for (var c = first; c < end; c++)
        {
            var (sum, squares) = ChannelStatistics.Total(Partials, in x, c, totals);
            _batchMoments[c] = ChannelMoment.Of(x.FirstOfChannel(c), sum, squares, values);
        }

        UseMoments(first, end, values);
    }

    /// <summary>Says how Backward's two sweeps go over planes; before the first of them.</summary>
    /// <param name="tensor">The largest tensor of both.</param>
    /// <param name="bytesOfElement">Bytes that the first reads for each element of it.</param>
    /// <param name="topology">Threads to use.</param>
    public PairedSweeps BeginGradients(BlockedTensor tensor, int bytesOfElement, ComputeTopology topology)
    {
        if (!_trained) throw new InvalidOperationException($"{_name}: Backward needs a training Forward before it.");
        if (!_usesBatch)
        {
            // Statistics that don't depend on x: dx = scale·g.
            new Span<float>(_vectors!.Offset, _channels).Clear();
            new Span<float>(_vectors.Slope, _channels).Clear();
        }

        return PairedSweeps.OfChannels(tensor, bytesOfElement, mayTakeTurns: _ofRanks is null || !_usesBatch, topology);
    }

    /// <summary>
    /// Gradients of weight and bias, and the two numbers per channel that the second sweep needs:
    /// <c>dx = scale·(g − Σg/m − x̂·Σ(g·x̂)/m)</c> with x̂ = (x − mean)·inverse deviation.
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="unit">The first channel, or block of channels, as <see cref="IPairedWork.Between"/> has them; all where ranks share the batch.</param>
    /// <param name="count">How many.</param>
    public void ReduceGradients(in PlaneView x, int unit, int count)
    {
        if (!_usesBatch && IsFrozen) return;
        var (first, end) = ChannelsOf(in x, unit, count);
        var values = (double)x.Images * x.Height * x.Width;
        var totals = stackalloc double[ChannelStatistics.Stride];
        for (var c = first; c < end; c++)
        {
            var (sum, weighted) = ChannelStatistics.Total(Partials, in x, c, totals);
            var product = weighted * _vectors!.InverseDeviation[c];
            if (!_bias.IsFrozen) _bias.Gradients[c] = (float)sum;
            if (!_weight.IsFrozen) _weight.Gradients[c] = (float)product;
            if (!_usesBatch) continue;
            if (_ofRanks is null) SetSlope(c, sum, product, values);
            else _ofRanks.Put(c, sum, product);
        }

        if (_ofRanks is null || !_usesBatch) return;
        values = _ofRanks.CombineSums(values);
        for (var c = 0; c < _channels; c++) SetSlope(c, _ofRanks[c].First, _ofRanks[c].Second, values);
    }

    private (int First, int End) ChannelsOf(in PlaneView x, int unit, int count) =>
        (unit * x.ChannelsOfPlane, Math.Min(_channels, (unit + count) * x.ChannelsOfPlane));

    private void SetSlope(int c, double sum, double product, double count)
    {
        var v = _vectors!;
        v.Offset[c] = (float)(-v.Scale[c] * sum / count);
        v.Slope[c] = (float)(-v.Scale[c] * product / count * v.InverseDeviation[c]);
    }

    /// <summary>Whether training normalises by the batch's own statistics.</summary>
    private bool UsesBatch(bool infers) => !infers && !IsFrozen;

    /// <summary>The batch's means and variances by the sums that the layer before has left, if they have enough digits.</summary>
    private bool FindMomentsOfWriter(long count)
    {
        if (_moments is not { AreTaken: true } moments) return false;
        for (var c = 0; c < _channels; c++)
        {
            var (sum, squares) = moments.Total(c);
            var moment = ChannelMoment.Of(-moments.Shifts[c], sum, squares, count);
            if (!moment.IsExact) return false;
            _batchMoments[c] = moment;
        }

        return true;
    }

    /// <summary>Goes on with the batch's means and variances of some channels; all where ranks share the batch.</summary>
    private void UseMoments(int first, int end, long count)
    {
        for (var c = first; c < end; c++)
        {
            var (mean, variance) = (_batchMoments[c].Mean, _batchMoments[c].Variance);
            if (_ofRanks is null) Follow(c, mean, variance, count);
            else _ofRanks.Put(c, mean, variance);
        }

        if (_ofRanks is null) return;
        var all = _ofRanks.CombineMoments(count);
        for (var c = 0; c < _channels; c++) Follow(c, _ofRanks[c].First, _ofRanks[c].Second, all);
    }

    private void Follow(int c, double mean, double variance, double count)
    {
        _runningMean[c] = (float)(((1 - _momentum) * (double)_runningMean[c]) + (_momentum * mean));
        _runningVariance[c] = (float)(((1 - _momentum) * (double)_runningVariance[c]) + (_momentum * variance * count / (count - 1)));
        SetScale(c, mean, variance);
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
        v.Scale[c] = (float)(_weight.Values[c] * inverse);
        v.Shift[c] = (float)(_bias.Values[c] - (mean * _weight.Values[c] * inverse));
    }
}
