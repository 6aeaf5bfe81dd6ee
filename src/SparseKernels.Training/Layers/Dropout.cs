using System.Runtime.CompilerServices;

namespace SparseKernels.Training.Layers;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014): in training each element is zero with a probability p and else multiplied by
/// 1/(1 − p); inference changes nothing. Which elements fall follows from seed, step and layer alone. In place.
/// </summary>
public sealed class Dropout : TimedLayer
{
    private readonly float _probability;
    private int _index;
    private bool _trained;
    private ushort[] _kept = [];

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

    private protected override BlockedTensor Run(BlockedTensor x, bool training)
    {
        _trained = training;
        if (!training) return x;
        var source = new RandomSource(Workspace.Seed, RandomStreams.Dropout, ((ulong)Workspace.Step << 16) + (ulong)_index);
        var draw = new DrawWork(x, _kept, _probability, source.NextUInt64());
        Planes.Run(ref draw, x, Workspace.Topology);
        Apply(x);
        return x;
    }

    private protected override BlockedTensor RunBackward(BlockedTensor dy)
    {
        if (!_trained) throw new InvalidOperationException($"{Name}: Backward needs a training Forward before it.");
        Apply(dy);
        return dy;
    }

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        _index = Workspace.NextRandomLayer();
        _kept = GC.AllocateArray<ushort>(Workspace.Batch * BlockedTensor.Blocks(input.Channels) * input.Height * input.Width, pinned: true);
        return input;
    }

    private protected override void Release() => _kept = [];

    private void Apply(BlockedTensor tensor)
    {
        var work = new MaskWork(tensor, _kept, 1 / (1 - _probability));
        Planes.Run(ref work, tensor, Workspace.Topology);
    }

    /// <summary>One bit per element, set where it is kept. Each plane draws from a source of its own, so any thread may do it.</summary>
    private readonly unsafe struct DrawWork(BlockedTensor x, ushort[] kept, float probability, ulong seed) : IPlaneWork
    {
        private readonly ushort* _kept = (ushort*)Unsafe.AsPointer(ref kept[0]);
        private readonly int _pixels = x.H * x.W;
        private readonly ulong _threshold = (ulong)(probability * 4294967296.0);

        public void Plane(int plane)
        {
            var random = new RandomSource(seed, RandomStreams.Dropout, (ulong)plane);
            var kept = _kept + ((nint)plane * _pixels);
            for (var i = 0; i < _pixels; i++)
            {
                var bits = 0;
                for (var lane = 0; lane < Lanes.Count; lane += 2)
                {
                    var draw = random.NextUInt64();
                    if ((uint)draw >= _threshold) bits |= 1 << lane;
                    if ((draw >> 32) >= _threshold) bits |= 2 << lane;
                }

                kept[i] = (ushort)bits;
            }
        }
    }

    private readonly unsafe struct MaskWork(BlockedTensor tensor, ushort[] kept, float scale) : IPlaneWork
    {
        private readonly float* _tensor = tensor.Pointer;
        private readonly ushort* _kept = (ushort*)Unsafe.AsPointer(ref kept[0]);
        private readonly int _pixels = tensor.H * tensor.W;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var kept = _kept + ((nint)plane * _pixels);
            var at = _tensor + ((nint)plane * _pixels * Lanes.Count);
            var factor = Lanes.Broadcast(scale);
            for (var i = 0; i < _pixels; i++, at += Lanes.Count) Lanes.WhereBit(kept[i], Lanes.Load(at) * factor).Store(at);
        }
    }
}
