using System.Numerics;
using System.Runtime.InteropServices;
using SparseKernels.Threading;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>
/// Shortens gradients before another optimiser's step. By value as <c>torch.nn.utils.clip_grad_value_</c>: <c>g ← min(max(g, −value), value)</c>;
/// then by the norm of all gradients together as <c>clip_grad_norm_</c>: <c>g ← g·min(1, norm / (√Σg² + 1e-6))</c>. Frozen parameters and
/// masked weights count for nothing.
/// </summary>
public sealed class GradientClipping : IOptimiser
{
    private const double Epsilon = 1e-6;

    private readonly IOptimiser _inner;
    private readonly ParameterChunks _chunks;
    private readonly double[] _squares;
    private LayerTraffic _traffic;
    private readonly float? _norm;
    private readonly float? _value;
    private readonly int _threads;

    /// <summary>Puts clipping before an optimiser.</summary>
    /// <param name="inner">The optimiser.</param>
    /// <param name="parameters">Whose gradients to clip: all that <paramref name="inner"/> updates.</param>
    /// <param name="norm">The largest norm; finite, over 0; null for any.</param>
    /// <param name="value">The largest absolute value; finite, over 0; null for any.</param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> or <paramref name="parameters"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public GradientClipping(IOptimiser inner, IEnumerable<Parameter> parameters, float? norm = null, float? value = null, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(parameters);
        CheckLimit(norm, nameof(norm));
        CheckLimit(value, nameof(value));
        _threads = threads ?? ComputeTopology.Default.Threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(threads));
        (_inner, _norm, _value, _chunks) = (inner, norm, value, new ParameterChunks(parameters));
        _squares = new double[_chunks.Count];
    }

    /// <summary>The norm of all gradients in the last step, after clipping by value and before clipping by norm; 0 where no norm is set.</summary>
    public double Norm { get; private set; }

    /// <inheritdoc/>
    public void Prepare() => _inner.Prepare();

    /// <inheritdoc/>
    public void Step(float rate)
    {
        WarmUp.CheckRate(rate, nameof(rate));
        _traffic = default;
        if (_value is { } value)
        {
            var clamp = new ClampWork(this, value);
            WorkerPool.Shared.Run(ref clamp, _chunks.Count, _threads);
            _traffic += _chunks.Traffic(read: 1, written: 1);
        }

        if (_norm is { } norm)
        {
            var measure = new SquaresWork(this);
            WorkerPool.Shared.Run(ref measure, _chunks.Count, _threads);
            _traffic += _chunks.Traffic(read: 1, written: 0);
            var sum = 0.0;
            foreach (var squares in _squares) sum += squares;
            Norm = Math.Sqrt(sum);
            var factor = norm / (Norm + Epsilon);
            if (factor < 1)
            {
                var scale = new ScaleWork(this, (float)factor);
                WorkerPool.Shared.Run(ref scale, _chunks.Count, _threads);
                _traffic += _chunks.Traffic(read: 1, written: 1);
            }
        }

        _inner.Step(rate);
    }

    LayerTraffic IOptimiser.StepTraffic => _traffic + _inner.StepTraffic;

    internal static void CheckLimit(float? limit, string argument)
    {
        if (limit is { } given && !(given > 0 && float.IsFinite(given)))
            throw new ArgumentOutOfRangeException(argument, $"{argument} must be finite and over 0, got {given}.");
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var (sum, done) = (0.0, 0);
        if (Vector.IsHardwareAccelerated)
        {
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
            var (low, high) = (Vector<double>.Zero, Vector<double>.Zero);
            foreach (var vector in vectors)
            {
                Vector.Widen(vector, out var first, out var second);
                low += first * first;
                high += second * second;
            }

            sum = Vector.Sum(low + high);
            done = vectors.Length * Vector<float>.Count;
        }

        foreach (var value in values[done..]) sum += (double)value * value;
        return sum;
    }

    /// <summary>The same of the weights that train, where a strategy of pruning had the gradients of all computed.</summary>
    private static double SumOfSquares(Parameter parameter, int start, int length)
    {
        var (mask, sum, end) = (parameter.Mask!, 0.0, start + length);
        for (var i = mask.NextLive(start, end); i < end; i = mask.NextLive(i + 1, end)) sum += (double)parameter.Gradient[i] * parameter.Gradient[i];
        return sum;
    }

    private readonly struct SquaresWork(GradientClipping clipping) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = clipping._chunks[item];
            clipping._squares[item] = parameter.IsFrozen ? 0
                : parameter is { WantsWholeGradient: true, Mask: not null } ? SumOfSquares(parameter, start, length)
                : SumOfSquares(parameter.Gradient.AsSpan(start, length));
        }
    }

    private readonly struct ScaleWork(GradientClipping clipping, float factor) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = clipping._chunks[item];
            var gradient = parameter.Gradient.AsSpan(start, length);
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            for (var i = 0; i < vectors.Length; i++) vectors[i] *= factor;
            for (var i = vectors.Length * Vector<float>.Count; i < gradient.Length; i++) gradient[i] *= factor;
        }
    }

    private readonly struct ClampWork(GradientClipping clipping, float value) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = clipping._chunks[item];
            var gradient = parameter.Gradient.AsSpan(start, length);
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var (least, most) = (new Vector<float>(-value), new Vector<float>(value));
            for (var i = 0; i < vectors.Length; i++) vectors[i] = Vector.Min(Vector.Max(vectors[i], least), most);
            for (var i = vectors.Length * Vector<float>.Count; i < gradient.Length; i++) gradient[i] = Math.Clamp(gradient[i], -value, value);
        }
    }
}
