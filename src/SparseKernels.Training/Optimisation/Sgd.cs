using System.Numerics;
using System.Runtime.InteropServices;
using SparseKernels.Threading;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>
/// Stochastic gradient descent as PyTorch's <c>torch.optim.SGD</c> defines it (no dampening). With g = gradient + decay·w:
/// <c>v ← momentum·v + g</c>, then <c>w ← w − rate·v</c>, or with Nesterov <c>w ← w − rate·(g + momentum·v)</c>. Outside a parameter's
/// <see cref="Parameter.Mask"/> w and v are exactly zero afterwards. A frozen parameter stays as it is; the rate is that of the step times
/// <see cref="Parameter.RateFactor"/>, and the decay 0 without <see cref="Parameter.Decays"/>.
/// </summary>
public sealed class Sgd : IOptimiser
{
    private readonly ParameterChunks _chunks;
    private readonly int _threads;

    /// <summary>Makes an optimiser of some parameters.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="momentum">0 to 1, 1 excluded.</param>
    /// <param name="weightDecay">The factor of w that is added to the gradient; 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs a momentum.</param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="parameters"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="nesterov"/> without momentum.</exception>
    public Sgd(IEnumerable<Parameter> parameters, float momentum = 0.9f, float weightDecay = 0, bool nesterov = false, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (!(momentum >= 0 && momentum < 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), $"momentum must be 0 or more and under 1, got {momentum}.");
        if (!(weightDecay >= 0 && float.IsFinite(weightDecay)))
            throw new ArgumentOutOfRangeException(nameof(weightDecay), $"weightDecay must be finite and 0 or more, got {weightDecay}.");
        if (nesterov && momentum == 0) throw new ArgumentException("nesterov needs a momentum over 0.", nameof(nesterov));
        _threads = threads ?? ComputeTopology.Default.Threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(threads));
        (Momentum, WeightDecay, Nesterov) = (momentum, weightDecay, nesterov);
        _chunks = new ParameterChunks(parameters);
        State = [.. _chunks.Parameters.Select(parameter => new NamedTensor(parameter.Name, parameter.Shape, parameter.Momentum))];
    }

    /// <summary>The momentum.</summary>
    public float Momentum { get; }

    /// <summary>The weight decay.</summary>
    public float WeightDecay { get; }

    /// <summary>Whether the update looks ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <summary>The momentum of each parameter under the parameter's name; the arrays themselves.</summary>
    public IReadOnlyList<NamedTensor> State { get; }

    /// <summary>Updates every parameter from its gradient.</summary>
    /// <param name="rate">The learning rate; finite, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is negative or not finite.</exception>
    public void Step(float rate)
    {
        WarmUp.CheckRate(rate, nameof(rate));
        _chunks.BeginUpdate();
        var work = new UpdateWork(this, rate);
        WorkerPool.Shared.Run(ref work, _chunks.Count, _threads);
        _chunks.EndUpdate();
    }

    // w, g and v, of which w and v are written, and live weights packed.
    LayerTraffic IOptimiser.StepTraffic => _chunks.Traffic(read: 3, written: 2) + _chunks.PackingTraffic;

    private void Update(Span<float> w, ReadOnlySpan<float> gradient, Span<float> v, float rate, float weightDecay)
    {
        var done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var vw = MemoryMarshal.Cast<float, Vector<float>>(w);
            var vg = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var vv = MemoryMarshal.Cast<float, Vector<float>>(v);
            var (decay, momentum, step) = (new Vector<float>(weightDecay), new Vector<float>(Momentum), new Vector<float>(rate));
            for (var i = 0; i < vw.Length; i++)
            {
                var g = vg[i] + (decay * vw[i]);
                var direction = (momentum * vv[i]) + g;
                vv[i] = direction;
                if (Nesterov) direction = g + (momentum * direction);
                vw[i] -= step * direction;
            }

            done = vw.Length * Vector<float>.Count;
        }

        for (var i = done; i < w.Length; i++)
        {
            var g = gradient[i] + (weightDecay * w[i]);
            var direction = (Momentum * v[i]) + g;
            v[i] = direction;
            if (Nesterov) direction = g + (Momentum * direction);
            w[i] -= rate * direction;
        }
    }

    private readonly struct UpdateWork(Sgd sgd, float rate) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = sgd._chunks[item];
            if (parameter.IsFrozen) return;
            var value = parameter.Value.AsSpan(start, length);
            var momentum = parameter.Momentum.AsSpan(start, length);
            sgd.Update(
                value, parameter.Gradient.AsSpan(start, length), momentum, rate * parameter.RateFactor, parameter.Decays ? sgd.WeightDecay : 0);
            if (parameter.Mask is not { } mask) return;
            mask.Apply(value, start);
            mask.Apply(momentum, start);
            sgd._chunks.Pack(item);
        }
    }
}
