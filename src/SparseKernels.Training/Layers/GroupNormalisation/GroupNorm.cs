using SparseKernels.Tensors;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary>
/// Group normalisation (Wu and He 2018), <c>y = (x − mean)/√(var + ε) · weight + bias</c> with the mean and biased variance over all pixels
/// of a group of channels of one image, and a weight and bias for each channel: PyTorch's <c>nn.GroupNorm</c>. One group is layer
/// normalisation over channels and pixels, as many as channels instance normalisation. Training and inference are the same.
/// </summary>
public sealed unsafe class GroupNorm : TimedLayer
{
    private readonly int _groups;
    private readonly int _channels;
    private readonly float _epsilon;
    private readonly Parameter? _weight;
    private readonly Parameter? _bias;
    private GroupVectors? _vectors;
    private double[] _inverseDeviations = [];
    private BlockedTensor? _x;
    private BlockedTensor? _y;

    /// <summary>Makes a group normalisation.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="groups">Groups of channels; 1 or more.</param>
    /// <param name="channels">Channels; 1 or more.</param>
    /// <param name="epsilon">What is added to the variance; over 0.</param>
    /// <param name="affine">Whether each channel has a weight, 1 at first, and a bias, 0 at first.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="groups"/> does not divide <paramref name="channels"/>.</exception>
    public GroupNorm(string name, int groups, int channels, float epsilon = 1e-5f, bool affine = true)
        : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (channels % groups != 0) throw new ArgumentException($"groups of {name} must divide {channels} channels, got {groups}.", nameof(groups));
        if (!(epsilon > 0 && float.IsFinite(epsilon)))
            throw new ArgumentOutOfRangeException(nameof(epsilon), $"epsilon of {name} must be over 0 and finite, got {epsilon}.");
        (_groups, _channels, _epsilon) = (groups, channels, epsilon);
        if (!affine) return;
        _weight = new Parameter($"{name}.weight", [channels], Initialisation.Constant(1));
        _bias = new Parameter($"{name}.bias", [channels], Initialisation.Constant(0));
        Parameters = [_weight, _bias];
    }

    private GroupNorm(GroupNorm other, Parameter? weight, Parameter? bias)
        : base(other.Name)
    {
        (_groups, _channels, _epsilon) = (other._groups, other._channels, other._epsilon);
        (_weight, _bias, Parameters) = (weight, bias, weight is null || bias is null ? [] : [weight, bias]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; } = [];

    /// <summary>Groups, and what is added to the variance.</summary>
    internal (int Groups, float Epsilon) Settings => (_groups, _epsilon);

    internal override Layer Twin() => new GroupNorm(this, _weight, _bias);

    internal override Layer Snapshot() => new GroupNorm(this, _weight?.Snapshot(), _bias?.Snapshot());

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        _x = x;
        var sweeps = PairedSweeps.OfImages(x, sizeof(float), Workspace.Topology);
        var work = new GroupNormalise(this, _vectors!, x, _y!);
        sweeps.Run(ref work);
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!);
        if (!sweeps.TakeTurns) traffic += LayerTraffic.Reading(x);
        return _y!;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        var sweeps = PairedSweeps.OfImages(dy, 2 * sizeof(float), Workspace.Topology);
        var work = new GroupNormaliseBackward(this, _vectors!, _x!, dy);
        sweeps.Run(ref work);
        AddUpWeightGradients(dy.N);
        traffic = LayerTraffic.Reading(_x!, dy) + LayerTraffic.Writing(dy);
        if (!sweeps.TakeTurns) traffic += LayerTraffic.Reading(_x!, dy);
        return dy;
    }

    /// <summary>What the second sweep needs, of images as <see cref="IPairedWork.Between"/> has them.</summary>
    internal void UseStatistics(in PlaneView x, int unit, int count)
    {
        for (var n = unit * x.ImagesOfPlane; n < Math.Min(x.Images, (unit + count) * x.ImagesOfPlane); n++)
            for (var group = 0; group < _groups; group++) Prepare(_x!, n, group);
    }

    /// <summary>The same for the way back.</summary>
    internal void UseGradientSums(in PlaneView x, int unit, int count)
    {
        for (var n = unit * x.ImagesOfPlane; n < Math.Min(x.Images, (unit + count) * x.ImagesOfPlane); n++)
            for (var group = 0; group < _groups; group++) PrepareGradient(_x!, n, group);
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        if (input.Channels != _channels)
            throw new ArgumentException($"{Name} takes {_channels} channels, but the layer before it gives {input}.", nameof(input));
        _y = Workspace.CreateTensor(input);
        _vectors = new GroupVectors(_y);
        _inverseDeviations = new double[Workspace.Batch * _groups];
        return input;
    }

    private protected override void Release()
    {
        _y?.Dispose();
        _vectors?.Dispose();
        (_x, _y, _vectors) = (null, null, null);
    }

    /// <summary>Joins the channels' means and squares of one group of an image (Chan et al. 1979).</summary>
    private void Prepare(BlockedTensor x, int n, int group)
    {
        var v = _vectors!;
        var (first, count, pixels) = (group * (_channels / _groups), _channels / _groups, x.H * x.W);
        var elements = x.AsSpan();
        var mean = 0.0;
        for (var c = first; c < first + count; c++) mean += elements[x.IndexOf(n, c, 0, 0)] + (v.SumsAt(v.IndexOf(n, c)).First / pixels);
        mean /= count;
        var squares = 0.0;
        for (var c = first; c < first + count; c++)
        {
            var (sum, square) = v.SumsAt(v.IndexOf(n, c));
            var apart = elements[x.IndexOf(n, c, 0, 0)] + (sum / pixels) - mean;
            squares += square - (sum * sum / pixels) + (apart * apart * pixels);
        }

        var inverse = 1 / Math.Sqrt((squares / ((double)count * pixels)) + _epsilon);
        _inverseDeviations[(n * _groups) + group] = inverse;
        for (var c = first; c < first + count; c++)
        {
            var i = v.IndexOf(n, c);
            v.Mean[i] = (float)mean;
            v.Scale[i] = (float)(inverse * (_weight?.Values[c] ?? 1));
            v.Shift[i] = _bias?.Values[c] ?? 0;
        }
    }

    private void AddUpWeightGradients(int images)
    {
        if (_weight is null || _bias is null) return;
        _weight.Gradients.Clear();
        _bias.Gradients.Clear();
        for (var n = 0; n < images; n++)
        {
            for (var c = 0; c < _channels; c++)
            {
                var (sum, product) = _vectors!.SumsAt(_vectors.IndexOf(n, c));
                _weight.Gradients[c] += (float)(product * _inverseDeviations[(n * _groups) + (c / (_channels / _groups))]);
                _bias.Gradients[c] += (float)sum;
            }
        }
    }

    /// <summary>What the sums of one group of an image add to the gradient of each of its elements.</summary>
    private void PrepareGradient(BlockedTensor x, int n, int group)
    {
        var v = _vectors!;
        var (first, count) = (group * (_channels / _groups), _channels / _groups);
        var inverse = _inverseDeviations[(n * _groups) + group];
        var (plain, weighted) = (0.0, 0.0);
        for (var c = first; c < first + count; c++)
        {
            var (sum, product) = v.SumsAt(v.IndexOf(n, c));
            var weight = _weight?.Values[c] ?? 1;
            (plain, weighted) = (plain + (sum * weight), weighted + (product * weight));
        }

        var elements = (double)count * x.H * x.W;
        for (var c = first; c < first + count; c++)
        {
            var i = v.IndexOf(n, c);
            v.Slope[i] = (float)(-inverse * inverse * inverse * weighted / elements);
            v.Offset[i] = (float)(-inverse * plain / elements);
        }
    }
}
