using System.Numerics;
using System.Runtime.InteropServices;
using SparseKernels.Threading;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Optimisation;

/// <summary>
/// An exponential moving average of a network's parameters, <c>a ← a + (1 − decay)·(w − a)</c> after each step, the first time <c>a ← w</c>, as
/// PyTorch's <c>AveragedModel</c> with <c>get_ema_multi_avg_fn</c> keeps it. Buffers are not averaged: the running statistics are the
/// network's own, as without <c>use_buffers</c>. <see cref="Swap"/> puts the average in the place of the parameters, for evaluation and saving, and
/// back. Outside a parameter's mask the average is zero.
/// </summary>
public sealed class WeightAverage
{
    private readonly ParameterChunks _chunks;
    private readonly int _threads;
    private long _updates;

    /// <summary>Makes room for the average, which the parameters keep; it begins with their present values.</summary>
    /// <param name="parameters">All parameters of a network.</param>
    /// <param name="decay">What is kept of the average in a step; 0 to 1, 1 excluded.</param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="parameters"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public WeightAverage(IEnumerable<Parameter> parameters, float decay, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        CheckDecay(decay, nameof(decay));
        _threads = threads ?? ComputeTopology.Default.Threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(threads));
        (Decay, _chunks) = (decay, new ParameterChunks(parameters));
        foreach (var parameter in _chunks.Parameters) parameter.KeepAverage();
    }

    /// <summary>What is kept of the average in a step.</summary>
    public float Decay { get; }

    /// <summary>Whether the average is in the parameters' place now.</summary>
    public bool IsSwapped { get; private set; }

    /// <summary>How often <see cref="Update"/> was called; a resumed run sets it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Updates
    {
        get => _updates;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _updates = value;
        }
    }

    /// <summary>Takes the present values in, after a step.</summary>
    /// <exception cref="InvalidOperationException">The average is in the parameters' place.</exception>
    public void Update()
    {
        if (IsSwapped) throw new InvalidOperationException("the average is in the parameters' place: swap it back before the next update.");
        var work = new UpdateWork(this, _updates == 0 ? 1 : (float)(1 - (double)Decay));
        WorkerPool.Shared.Run(ref work, _chunks.Count, _threads);
        _updates++;
    }

    /// <summary>Exchanges average and parameters.</summary>
    public void Swap()
    {
        var work = new SwapWork(this);
        WorkerPool.Shared.Run(ref work, _chunks.Count, _threads);
        foreach (var parameter in _chunks.Parameters) parameter.TouchMasked();
        IsSwapped = !IsSwapped;
    }

    internal static void CheckDecay(float decay, string argument)
    {
        if (!(decay >= 0 && decay < 1)) throw new ArgumentOutOfRangeException(argument, $"{argument} must be 0 or more and under 1, got {decay}.");
    }

    private readonly struct UpdateWork(WeightAverage average, float share) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = average._chunks[item];
            var to = parameter.Average.AsSpan(start, length);
            var from = parameter.Value.AsSpan(start, length);
            if (share == 1)
            {
                from.CopyTo(to);
                return;
            }

            var vectors = MemoryMarshal.Cast<float, Vector<float>>(to);
            var values = MemoryMarshal.Cast<float, Vector<float>>(from);
            for (var i = 0; i < vectors.Length; i++) vectors[i] += share * (values[i] - vectors[i]);
            for (var i = vectors.Length * Vector<float>.Count; i < to.Length; i++) to[i] += share * (from[i] - to[i]);
            parameter.Mask?.Apply(to, start);
        }
    }

    private readonly struct SwapWork(WeightAverage average) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = average._chunks[item];
            var a = parameter.Average.AsSpan(start, length);
            var w = parameter.Value.AsSpan(start, length);
            var va = MemoryMarshal.Cast<float, Vector<float>>(a);
            var vw = MemoryMarshal.Cast<float, Vector<float>>(w);
            for (var i = 0; i < va.Length; i++) (va[i], vw[i]) = (vw[i], va[i]);
            for (var i = va.Length * Vector<float>.Count; i < a.Length; i++) (a[i], w[i]) = (w[i], a[i]);
        }
    }
}
