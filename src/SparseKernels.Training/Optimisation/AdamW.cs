using System.Numerics;
using System.Runtime.InteropServices;
using SparseKernels.Threading;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019) as PyTorch's <c>torch.optim.AdamW</c> defines it. At step t with gradient g:
/// <c>w ← w − rate·decay·w</c>, <c>m ← β1·m + (1 − β1)·g</c>, <c>v ← β2·v + (1 − β2)·g²</c>, then
/// <c>w ← w − rate/(1 − β1^t) · m / (√v/√(1 − β2^t) + ε)</c>, with AMSGrad the largest v so far in the place of v. Outside a parameter's
/// <see cref="Parameter.Mask"/> w and the moments are exactly zero afterwards. A frozen parameter stays as it is; the rate is that of the
/// step times <see cref="Parameter.RateFactor"/>, and the decay 0 without <see cref="Parameter.Decays"/>.
/// </summary>
public sealed class AdamW : IOptimiser
{
    private readonly ParameterChunks _chunks;
    private readonly int _threads;
    private long _stepsTaken;

    /// <summary>Makes an optimiser of some parameters, which keep its moments.</summary>
    /// <param name="parameters">What it updates.</param>
    /// <param name="settings">Its numbers; PyTorch's by default.</param>
    /// <param name="threads">Threads to use; as many as the machine offers when null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="parameters"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public AdamW(IEnumerable<Parameter> parameters, AdamWSettings? settings = null, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Settings = settings ?? new AdamWSettings();
        Settings.Check();
        _threads = threads ?? ComputeTopology.Default.Threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(threads));
        _chunks = new ParameterChunks(parameters);
        foreach (var parameter in _chunks.Parameters) parameter.KeepSecondMoment(Settings.AmsGrad);
    }

    /// <summary>Its numbers.</summary>
    public AdamWSettings Settings { get; }

    /// <summary>Steps taken, which correct the moments' bias; a resumed run sets it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long StepsTaken
    {
        get => _stepsTaken;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _stepsTaken = value;
        }
    }

    /// <summary>
    /// The moments of each parameter: the first under its name, the others under that with <c>.second-moment</c> or
    /// <c>.largest-second-moment</c> behind; the arrays themselves.
    /// </summary>
    public IReadOnlyList<NamedTensor> State => [.. _chunks.Parameters.SelectMany(parameter => parameter.OptimiserState)];

    /// <inheritdoc/>
    public void Step(float rate) => Step(rate, density: null);

    /// <summary>As above, with the rate of a masked parameter as a function of the share of its weights that is left.</summary>
    internal void Step(float rate, Func<double, float, float>? density)
    {
        WarmUp.CheckRate(rate, nameof(rate));
        _stepsTaken++;

        // Counted here, not by several threads at once.
        foreach (var parameter in _chunks.Parameters) _ = parameter.Mask?.Count;
        _chunks.BeginUpdate();
        var work = new UpdateWork(this, rate, density);
        WorkerPool.Shared.Run(ref work, _chunks.Count, _threads);
        _chunks.EndUpdate();
    }

    // w, g and the moments, all but g written, and live weights packed.
    LayerTraffic IOptimiser.StepTraffic =>
        (Settings.AmsGrad ? _chunks.Traffic(read: 5, written: 4) : _chunks.Traffic(read: 4, written: 3)) + _chunks.PackingTraffic;

    private static void Update(Span<float> w, ReadOnlySpan<float> gradient, Span<float> m, Span<float> v, Span<float> largest, in Factors f)
    {
        var done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var vw = MemoryMarshal.Cast<float, Vector<float>>(w);
            var vg = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var vm = MemoryMarshal.Cast<float, Vector<float>>(m);
            var vv = MemoryMarshal.Cast<float, Vector<float>>(v);
            var vl = MemoryMarshal.Cast<float, Vector<float>>(largest);
            var (beta1, beta2, new1, new2) = (new Vector<float>(f.Beta1), new Vector<float>(f.Beta2), new Vector<float>(f.New1), new Vector<float>(f.New2));
            var (keep, step, root, epsilon) = (new Vector<float>(f.Keep), new Vector<float>(f.Step), new Vector<float>(f.Root), new Vector<float>(f.Epsilon));
            for (var i = 0; i < vw.Length; i++)
            {
                var g = vg[i];
                var first = (beta1 * vm[i]) + (new1 * g);
                var second = (beta2 * vv[i]) + (new2 * g * g);
                vm[i] = first;
                vv[i] = second;
                if (!vl.IsEmpty) vl[i] = second = Vector.Max(vl[i], second);
                vw[i] = (keep * vw[i]) - (step * first / ((Vector.SquareRoot(second) * root) + epsilon));
            }

            done = vw.Length * Vector<float>.Count;
        }

        for (var i = done; i < w.Length; i++)
        {
            var g = gradient[i];
            var first = (f.Beta1 * m[i]) + (f.New1 * g);
            var second = (f.Beta2 * v[i]) + (f.New2 * g * g);
            m[i] = first;
            v[i] = second;
            if (!largest.IsEmpty) largest[i] = second = Math.Max(largest[i], second);
            w[i] = (f.Keep * w[i]) - (f.Step * first / ((MathF.Sqrt(second) * f.Root) + f.Epsilon));
        }
    }

    private Factors FactorsOf(Parameter parameter, float rate)
    {
        var (settings, decay) = (Settings, parameter.Decays ? (double)Settings.WeightDecay : 0);
        return new Factors(
            settings.Beta1, settings.Beta2, (float)(1 - (double)settings.Beta1), (float)(1 - (double)settings.Beta2), (float)(1 - (rate * decay)),
            (float)(rate / (1 - Math.Pow(settings.Beta1, _stepsTaken))), (float)(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, _stepsTaken))),
            settings.Epsilon);
    }

    /// <summary>What a step is made of: Keep is what decay leaves of w, Step the rate and Root the factor of √v, both without the moments' bias.</summary>
    private readonly record struct Factors(
        float Beta1, float Beta2, float New1, float New2, float Keep, float Step, float Root, float Epsilon);

    private readonly struct UpdateWork(AdamW adam, float rate, Func<double, float, float>? density) : IWork
    {
        public void Do(int item, int worker)
        {
            var (parameter, start, length) = adam._chunks[item];
            if (parameter.IsFrozen) return;
            var value = parameter.Value.AsSpan(start, length);
            var first = parameter.Momentum.AsSpan(start, length);
            var second = parameter.SecondMoment.AsSpan(start, length);
            var largest = adam.Settings.AmsGrad ? parameter.LargestSecondMoment.AsSpan(start, length) : [];
            var mask = parameter.Mask;
            var ownRate = rate * parameter.RateFactor;
            if (density is not null && mask is not null) ownRate = density((double)mask.Count / parameter.Length, ownRate);
            Update(value, parameter.Gradient.AsSpan(start, length), first, second, largest, adam.FactorsOf(parameter, ownRate));
            if (mask is null) return;
            mask.Apply(value, start);
            mask.Apply(first, start);
            mask.Apply(second, start);
            if (!largest.IsEmpty) mask.Apply(largest, start);
            adam._chunks.Pack(item);
        }
    }
}
