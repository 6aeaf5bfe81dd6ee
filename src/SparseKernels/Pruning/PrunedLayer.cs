using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// A layer's weights <c>[K, C/Groups, R, S]</c> with the mask that pruning gives them. Weights outside the mask are zero, their momentum
/// too, and stay so; only <see cref="Grow"/> revives one.
/// </summary>
public sealed unsafe partial class PrunedLayer
{
    private readonly PruningCounts _counts;
    private readonly int _threads;
    private double? _squares;
    private ReadOnlyMemory<float> _squaredGradient;
    private WeightTraffic _traffic;

    internal PrunedLayer(string name, int index, int threads, LayerBuffers buffers, WeightPattern mask)
    {
        (Name, Index, _threads, Buffers, Mask) = (name, index, threads, buffers, mask);
        Pruner = new ChunkPruner(mask);
        _counts = new PruningCounts(mask, threads);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape => Mask.Shape;

    /// <summary>The weights, row-major. Whoever writes them other than through the pruning unit calls <see cref="Touch"/>.</summary>
    public Memory<float> Weights => Buffers.Weights;

    /// <summary>The gradient of the weights, or empty where none was registered.</summary>
    public ReadOnlyMemory<float> Gradient => Buffers.Gradient;

    /// <summary>The optimiser's momentum, or empty where none was registered.</summary>
    public Memory<float> Momentum => Buffers.Momentum;

    /// <summary>The weights that are left; the same object for the layer's life, which pruning changes.</summary>
    public WeightPattern Mask { get; }

    /// <summary>Share of weights that are pruned, 0 to 1.</summary>
    public double Sparsity => 1 - Mask.FineDensity;

    /// <summary>The weights' root mean square <c>√(Σw² / number of weights)</c>, pruned ones counted as zeros.</summary>
    public double Rms => Math.Sqrt((_squares ??= Measure()) / Shape.WeightLength);

    /// <summary>What was pruned so far, and how what is left spreads.</summary>
    public LayerPruningReport Report
    {
        get
        {
            var report = _counts.Report(Name);
            var seconds = StepSeconds?.Invoke(new OperandDensity(Mask.FineDensity, Mask.CoarseDensity));
            return report with { StepSeconds = seconds > 0 ? seconds : null };
        }
    }

    /// <summary>
    /// What the layer's passes of a training step are predicted to take at a density of its weights, in seconds; null where nobody knows. A
    /// loop that runs the layer by a plan sets <see cref="ConvolutionPlan.PredictedSeconds(OperandDensity)"/>.
    /// </summary>
    public Func<OperandDensity, double>? StepSeconds { get; set; }

    /// <summary>
    /// The running mean of the gradient's squares where an optimiser keeps one (Adam's second moment), row-major as the weights; empty
    /// otherwise. See <c>PruneHarm.Gradient</c>.
    /// </summary>
    /// <exception cref="ArgumentException">It is neither empty nor as long as the weights.</exception>
    public ReadOnlyMemory<float> SquaredGradient
    {
        get => _squaredGradient;
        set
        {
            if (!value.IsEmpty && value.Length != Shape.WeightLength)
                throw new ArgumentException(
                    $"SquaredGradient of '{Name}' must have {Shape.WeightLength} elements or none, got {value.Length}.", nameof(SquaredGradient));
            _squaredGradient = value;
        }
    }

    /// <summary>What an update's learning rate is multiplied by for this layer.</summary>
    internal float RateFactor { get; set; } = 1;

    /// <summary>Whether an update's weight decay holds for this layer.</summary>
    internal bool Decays { get; set; } = true;

    internal int Index { get; }

    internal LayerBuffers Buffers { get; }

    /// <summary>What the next pass prunes by.</summary>
    internal ChunkPruner Pruner { get; }

    internal PruningCounts Counts => _counts;

    /// <summary>The sum of the weights' squares where a pass has just found it.</summary>
    internal double Squares
    {
        set => _squares = value;
    }

    /// <summary>
    /// Has the next step prune what lies under thresholds, as it passes over the weights after their update: groups first, then the single
    /// weights that are left.
    /// </summary>
    /// <param name="thresholds">The thresholds.</param>
    /// <param name="factors">
    /// <c>[C/Groups]</c>: what each input channel's thresholds are multiplied by (the mean of them for a group of several channels); 1 for all where
    /// empty. See <c>ChannelBalancer</c>.
    /// </param>
    /// <param name="outputFactors">
    /// <c>[K]</c>: what each output channel's thresholds are multiplied by as well, in the same way.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A threshold or factor is negative or not finite.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="factors"/> or <paramref name="outputFactors"/> has another length.
    /// </exception>
    public void PruneBelow(LayerThresholds thresholds, ReadOnlySpan<float> factors = default, ReadOnlySpan<float> outputFactors = default)
    {
        thresholds.Check(nameof(thresholds));
        CheckFactors(factors, Shape.GroupC, "input", nameof(factors));
        CheckFactors(outputFactors, Shape.K, "output", nameof(outputFactors));
        _counts.BeforePruning();
        Pruner.Set(thresholds, factors, outputFactors);
    }

    /// <summary>
    /// Prunes runs of output channels that are nearly parallel to stronger ones, at once; see <see cref="SimilarityRule"/>.
    /// </summary>
    /// <param name="rule">Which runs, how parallel, and which channels are compared.</param>
    /// <param name="threads">Threads to use; the unit's when null. The result is the same for any number.</param>
    /// <param name="countsAllPairs">
    /// Whether to compare all pairs first, to count for the report what that finds; it prunes nothing more.
    /// </param>
    /// <returns>What was compared and pruned.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="rule"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is under 1.</exception>
    public SimilarityResult PruneSimilar(SimilarityRule rule, int? threads = null, bool countsAllPairs = false)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var count = threads ?? _threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(threads));
        _counts.BeforePruning();
        var all = countsAllPairs ? FindRuns(AllPairs(rule), count, prunes: false).RunsFound : (int?)null;
        var result = FindRuns(rule, count, prunes: true);
        Walked((long)Math.Ceiling(WalkedShare(rule) * Shape.WeightLength));
        _counts.Add(result, all);
        if (result.RunsFound > 0) Changed();
        return result;
    }

    /// <summary>What <see cref="PruneSimilar"/> would do, without pruning or counting anything.</summary>
    /// <param name="rule">Which runs, how parallel, and which of them are compared.</param>
    /// <param name="threads">Threads to use; the unit's when null. The result is the same for any number.</param>
    /// <returns>What would be compared and pruned.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="rule"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is under 1.</exception>
    public SimilarityResult FindSimilar(SimilarityRule rule, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var count = threads ?? _threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(threads));
        return FindRuns(rule, count, prunes: false);
    }

    /// <summary>Prunes one weight at once.</summary>
    /// <param name="index">Its index in the weights.</param>
    /// <returns>False if it was pruned already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such weight.</exception>
    public bool Prune(int index)
    {
        if (!Mask[index]) return false;
        _counts.BeforePruning();
        Clear(index);
        Changed();
        _counts.AddPruned(1);
        return true;
    }

    /// <summary>Prunes the live weights under a cut, measured in a unit, at once.</summary>
    internal void PruneWhere(ref MagnitudeCut cut, float unit)
    {
        _counts.BeforePruning();
        var w = Weights.Span;
        for (var i = Mask.NextLive(0, w.Length); i < w.Length; i = Mask.NextLive(i + 1, w.Length))
        {
            if (!cut.Takes(w[i], unit)) continue;
            Clear(i);
            _counts.AddPruned(1);
        }

        Walked(w.Length);
        Changed();
    }

    /// <summary>Revives one weight at once: it becomes part of the mask again, with the value zero.</summary>
    /// <param name="index">Its index in the weights.</param>
    /// <returns>False if it is not pruned.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such weight.</exception>
    public bool Grow(int index)
    {
        if (Mask[index]) return false;
        Mask.Words[index / 64] |= 1UL << (index % 64);
        Changed();
        _counts.AddGrown(1);
        return true;
    }

    /// <summary>
    /// Prunes so many live weights of least magnitude, and revives as many pruned ones, these included, of greatest gradient.
    /// </summary>
    internal void DropAndGrow(int count)
    {
        var w = Weights.Span;
        var gradient = Gradient.Span;
        var words = Mask.Words;
        ulong[] before = [.. words];
        _counts.BeforePruning();
        Walked((MagnitudeCut.Walks + 1) * 2L * w.Length);
        var drop = MagnitudeCut.Find([(Weights, Mask, 1)], live: true, count);
        for (var i = Mask.NextLive(0, w.Length); i < w.Length; i = Mask.NextLive(i + 1, w.Length))
        {
            if (drop.Takes(w[i])) words[i / 64] &= ~(1UL << (i % 64));
        }

        Changed();
        var stay = MagnitudeCut.Find([(Gradient, Mask, 1)], live: false, w.Length - Mask.Count - count);
        for (var i = Mask.NextDead(0, w.Length); i < w.Length; i = Mask.NextDead(i + 1, w.Length))
        {
            var wasLive = (before[i / 64] >> (i % 64) & 1) != 0;
            if (stay.Takes(gradient[i]))
            {
                if (!wasLive) continue;
                Clear(i);
                _counts.AddPruned(1);
            }
            else
            {
                words[i / 64] |= 1UL << (i % 64);
                if (!wasLive) _counts.AddGrown(1);
            }
        }

        Changed();
    }

    /// <summary>Says that the weights or the mask were changed other than by a step of the pruning unit.</summary>
    public void Touch()
    {
        _squares = null;
        Mask.Touch();
    }

    /// <summary>Clears a weight, its momentum and its bit, and tells nobody.</summary>
    internal void Clear(int index)
    {
        Mask.Words[index / 64] &= ~(1UL << (index % 64));
        Buffers.Weights.Span[index] = 0;
        if (!Buffers.Momentum.IsEmpty) Buffers.Momentum.Span[index] = 0;
        Live?.Clear(index);
    }

    /// <summary>Makes the weights and momenta outside the mask zero.</summary>
    internal void Apply()
    {
        Mask.Apply(Buffers.Weights.Span);
        if (!Buffers.Momentum.IsEmpty) Mask.Apply(Buffers.Momentum.Span);
        Touch();
    }

    /// <summary>
    /// Counts a walk over weights or gradients, and over the mask, outside a step's pass; the few that it clears are not counted.
    /// </summary>
    /// <param name="values">Values looked at.</param>
    internal void Walked(long values) =>
        _traffic += new WeightTraffic((sizeof(float) * values) + WeightTraffic.MaskBytes(Shape.WeightLength), 0);

    /// <summary>What walks moved since this was asked last.</summary>
    internal WeightTraffic TakeTraffic()
    {
        var traffic = _traffic;
        _traffic = default;
        return traffic;
    }

    /// <summary>Adds what part of the thresholds set their weights reach; see <see cref="ChunkPruner.CollectShares"/>.</summary>
    internal void CollectShares(List<float> shares)
    {
        Walked(Shape.WeightLength);
        fixed (float* w = Buffers.Weights.Span) Pruner.CollectShares(w, shares);
    }

    /// <summary>Forgets thresholds that a step has applied.</summary>
    internal void EndStep()
    {
        Pruner.Reset();
        WantsLive = false;
        _counts.EndStep();
    }

    private static void CheckFactors(ReadOnlySpan<float> factors, int channels, string side, string name)
    {
        if (!factors.IsEmpty && factors.Length != channels)
            throw new ArgumentException($"{name} must have {channels} elements, one for each {side} channel, got {factors.Length}.", name);
        foreach (var factor in factors)
        {
            if (!(factor >= 0 && float.IsFinite(factor)))
                throw new ArgumentOutOfRangeException(name, $"{name} must be finite and 0 or more, got {factor}.");
        }
    }

    private SimilarityResult FindRuns(SimilarityRule rule, int threads, bool prunes)
    {
        var places = new RunPlaces(Mask, Weights, Index, rule.Group);
        var goes = new byte[places.Blocks * places.Places];
        var result = RunSimilarity.Find(places, rule, threads, goes);
        if (!prunes) return result;
        foreach (var index in places.WeightsOf(goes)) Clear(index);
        return result;
    }

    private static SimilarityRule AllPairs(SimilarityRule rule) => rule with { Search = SimilaritySearch.Channels, Share = 1 };

    private static double WalkedShare(SimilarityRule rule) =>
        (rule.Search == SimilaritySearch.Channels ? rule.Share : 1) / rule.Rounds;

    /// <summary>Sums chunk by chunk, as a pass does, so that a resumed run goes on with the same bits.</summary>
    private double Measure()
    {
        Walked(Shape.WeightLength);
        var squares = 0.0;
        var chunk = WeightPass.ChunkLength(Mask);
        fixed (float* w = Buffers.Weights.Span)
        {
            for (var start = 0; start < Shape.WeightLength; start += chunk) squares += MaskedKernel.Squares(
                w + start, Math.Min(chunk, Shape.WeightLength - start));
        }

        return squares;
    }
}
