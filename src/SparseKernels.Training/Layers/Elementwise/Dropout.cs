using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014): in training each element is zero with a probability p and else multiplied by
/// 1/(1 − p); inference changes nothing. Which elements fall follows from seed, step and layer alone. In place where no
/// other layer needs the input.
/// </summary>
public sealed class Dropout : TimedLayer, IOutputMask
{
    private readonly float _probability;
    private int _index;
    private bool _trained;
    private bool _isDrawn;
    private FineMask? _kept;
    private BlockedTensor? _own;

    /// <summary>Makes a dropout.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="probability">The share of elements that become zero; 0 or more, under 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is out of its range.</exception>
    public Dropout(string name, float probability = 0.5f)
        : base(name)
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), $"probability must be 0 or more and under 1, got {probability}.");
        _probability = probability;
    }

    internal override bool WritesInput => true;

    /// <remarks>Inference hands the input on as it is.</remarks>
    internal override bool SharesInput => true;

    /// <summary>The share that is dropped.</summary>
    internal float Probability => _probability;

    /// <summary>The same for this step.</summary>
    private float Dropped => InfersInTraining ? 0 : _probability;

    internal override PlanarUse PlanarUse(ReadOnlySpan<FeatureShape> inputs, Padding2D border) => Layers.PlanarUse.Follows;

    internal override Layer Twin() => new Dropout(Name, _probability);

    internal override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => input;

    OperandDensity IOutputMask.Density => new(_kept!.Density);

    FineMask? IOutputMask.Draw(bool training)
    {
        if (!training) return null;
        Draw();
        _isDrawn = true;
        return _kept;
    }

    private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
    {
        _trained = training;
        if (!training)
        {
            (OutputZeros.Density, traffic) = (InputZeros.Density, default);
            return x;
        }

        if (!_isDrawn) Draw();
        _isDrawn = false;
        var nonZeros = OutputZeros.Words();
        var y = _own ?? x;
        if (nonZeros.AreWanted) Apply<On>(x, y, nonZeros, counts: null);
        else Apply<Off>(x, y, nonZeros, counts: null);
        OutputZeros.Take();
        traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(y);
        return y;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
    {
        if (!_trained) throw new InvalidOperationException($"{Name}: Backward needs a training Forward before it.");
        Apply<Off>(dy, dy, default, InputZeros.GradientCounts);
        InputZeros.TakeGradient();
        traffic = LayerTraffic.Reading(dy) + LayerTraffic.Writing(dy);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _index = Workspace.NextRandomLayer();
        _kept = new FineMask(Workspace.Batch, input.Channels, input.Height, input.Width);
        _isDrawn = false;
        InputZeros.OutputMask = this;
        _own = MayWriteInput ? null : Workspace.CreateTensor(input);
        return input;
    }

    private protected override ActivationZeros DescribeZeros(FeatureShape output) =>
        ActivationZeros.Counted(Workspace.Batch, output, InputZeros.GatesGradient, source: InputZeros);

    private protected override void Release()
    {
        _own?.Dispose();
        (_kept, _own) = (null, null);
    }

    private void Draw()
    {
        var source = new RandomSource(Workspace.Seed, RandomStreams.DropoutOf(Workspace.Ranks?.Rank ?? 0), ((ulong)Workspace.Step << 16) + (ulong)_index);
        var work = new DrawWork(_kept!, Dropped, source.NextUInt64());
        Planes.Run(ref work, _kept!.N * LaneBlock.Count(_kept.C), _kept.H * _kept.W * Lanes.Count, Workspace.Topology);
    }

    private void Apply<TCount>(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros, PlaneCounts? counts)
        where TCount : struct, ISwitch
    {
        var work = new MaskWork<TCount>(x, y, _kept!, 1 / (1 - Dropped), nonZeros, counts);
        Planes.Run(ref work, y, Workspace.Topology);
    }

    /// <summary>One bit per element, set where it is kept. Each plane draws from a source of its own, so any thread may do it.</summary>
    private readonly unsafe struct DrawWork(FineMask mask, float probability, ulong seed) : IPlaneWork
    {
        private readonly ushort* _kept = mask.Pointer;
        private readonly int _pixels = mask.H * mask.W;
        private readonly int _channels = mask.C;
        private readonly int _blocks = LaneBlock.Count(mask.C);
        private readonly ulong _threshold = (ulong)(probability * 4294967296.0);

        public void Plane(int plane)
        {
            var random = new RandomSource(seed, RandomStreams.Dropout, (ulong)plane);
            var kept = _kept + ((nint)plane * _pixels);
            var channels = (1 << Math.Min(Lanes.Count, _channels - (plane % _blocks * Lanes.Count))) - 1;
            for (var i = 0; i < _pixels; i++)
            {
                var bits = 0;
                for (var lane = 0; lane < Lanes.Count; lane += 2)
                {
                    var draw = random.NextUInt64();
                    if ((uint)draw >= _threshold) bits |= 1 << lane;
                    if ((draw >> 32) >= _threshold) bits |= 2 << lane;
                }

                kept[i] = (ushort)(bits & channels);
            }
        }
    }

    private readonly unsafe struct MaskWork<TCount>(
        BlockedTensor x, BlockedTensor y, FineMask kept, float scale, NonZeroWords nonZeros, PlaneCounts? counts) : IPlaneWork
        where TCount : struct, ISwitch
    {
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _y = new(y);
        private readonly FineMask _kept = kept;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var factor = Lanes.Broadcast(scale);
            if (_x.LanesAreImages)
            {
                MaskImages(plane, factor);
                return;
            }

            var kept = _kept.Pointer + ((nint)plane * _x.Height * _x.Width);
            float* x = _x.Row(plane, 0), y = _y.Row(plane, 0);
            for (nint i = 0; i < _x.RunLength; i += Lanes.Count)
            {
                var value = Lanes.WhereBit(kept[i / Lanes.Count], Lanes.Load(x + i) * factor);
                value.Store(y + i);
                if (TCount.IsOn) nonZeros.Write((plane * _x.RunLength) + i, value);
            }

            if (TCount.IsOn) nonZeros.Count(plane);
            counts?.Count(plane, _y.Row(0, 0));
        }

        /// <summary>One channel of 16 images: a bit of 16 words for each pixel.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MaskImages(int plane, Lanes factor)
        {
            var (channel, first) = (_x.ChannelOf(plane), plane / _x.PlanesOfImages * Lanes.Count);
            var images = Math.Min(Lanes.Count, _kept.N - first);
            var (block, bit) = (channel / Lanes.Count, channel % Lanes.Count);
            var imageStep = (nint)LaneBlock.Count(_kept.C) * _kept.H * _kept.W;
            for (var h = 0; h < _x.Height; h++)
            {
                float* x = _x.Row(plane, h), y = _y.Row(plane, h);
                var words = _kept.Row(first, block, h);
                for (var w = 0; w < _x.Width; w++)
                {
                    var bits = 0;
                    for (var n = 0; n < images; n++) bits |= (words[(n * imageStep) + w] >> bit & 1) << n;
                    Lanes.WhereBit((ushort)bits, Lanes.Load(x + (w * Lanes.Count)) * factor).Store(y + (w * Lanes.Count));
                }
            }
        }
    }
}
