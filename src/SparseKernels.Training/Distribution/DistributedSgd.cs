using SparseKernels.Training.Communication;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Distribution;

/// <summary>
/// An optimiser of a network that several ranks train together, each on its share of every batch: before the update the gradients become
/// the mean over the whole batch, <c>g ← Σᵣ shareᵣ·gᵣ</c> in the order of the ranks. Of pruned weights, which have no gradient, nothing is sent.
/// All ranks must begin with the same weights and masks, use the same optimiser and call it at the same steps; then weights, momenta and masks
/// stay the same bits on all of them, and nothing else must be sent. Around <see cref="Pruning.PrunedSgd"/>, <see cref="Sgd"/> or any other.
/// </summary>
/// <remarks>
/// Running statistics become the mean over the ranks in each step. What the first rank's plans chose is where all go on. Dropouts drop other
/// elements on each rank.
/// </remarks>
public sealed class DistributedSgd : IOptimiser, IDisposable
{
    private readonly Network _network;
    private readonly IOptimiser _inner;
    private readonly GradientExchange _exchange;
    private readonly WorkspaceRanks _ranks;
    private readonly StepNumbers _numbers;
    private readonly OverlapTrial? _trial;

    /// <summary>Puts the exchange before an optimiser's update.</summary>
    /// <param name="network">The network, built for this rank's share of a batch.</param>
    /// <param name="inner">An optimiser of all its parameters.</param>
    /// <param name="communicator">The ranks.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="network"/>, <paramref name="inner"/> or <paramref name="communicator"/> is null.
    /// </exception>
    public DistributedSgd(Network network, IOptimiser inner, ICommunicator communicator, DistributionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(communicator);
        options ??= new DistributionOptions();
        (_network, _inner) = (network, inner);
        _exchange = new GradientExchange(communicator, options.MessageLength);
        var share = 1.0 / communicator.Size;
        _ranks = new WorkspaceRanks
        {
            Rank = communicator.Rank,
            Statistics = options.SynchronisesStatistics && communicator.Size > 1 ? communicator : null,
            Images = share,
            Loss = share,
        };
        _numbers = new StepNumbers(network, communicator);
        network.Ranks = _ranks;

        // Sums of statistics lie between those of gradients: there must be one order of both.
        if (communicator.Size == 1 || _ranks.Statistics is not null) return;
        if (options.Overlaps is null) _trial = new OverlapTrial(communicator);
        else Overlaps = options.Overlaps.Value;
    }

    /// <summary>What was exchanged so far.</summary>
    public ExchangeReport Report => _exchange.Report;

    /// <summary>Whether gradients of finished layers travel while backward passes of others run.</summary>
    public bool Overlaps
    {
        get => _exchange.Overlaps;
        private set
        {
            _exchange.Overlaps = value;
            _ranks.GradientsReady = value ? Add : null;
        }
    }

    /// <summary>
    /// This rank's share of the images in the batches to come, over 0 and at most 1; those of all ranks add up to 1. 1 / ranks by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of its range.</exception>
    public double Share
    {
        get => _ranks.Images;
        set => (_ranks.Images, _ranks.Loss) = (Checked(value), value);
    }

    /// <summary>What the whole batch of the last step gave; nothing where its loss was one of the caller's own.</summary>
    public BatchResult Result => _numbers.Result;

    /// <summary>Whether a rank had <see cref="RequestStop"/> called before the last step: all of them know it after the same one.</summary>
    public bool IsStopRequested => _numbers.Agreed.Stop;

    /// <summary>Whether the first rank wanted a checkpoint in the last step.</summary>
    internal bool IsSaveRequested => _numbers.Agreed.Save;

    /// <summary>What the mean loss of this rank's images counts in that of the batch, where that is not <see cref="Share"/>.</summary>
    internal double LossShare
    {
        set => _ranks.Loss = Checked(value);
    }

    LayerTraffic IOptimiser.StepTraffic => _inner.StepTraffic;

    /// <summary>Says that this rank wants to stop; <see cref="IsStopRequested"/> tells all ranks after the next step.</summary>
    public void RequestStop() => _numbers.Wishes = _numbers.Wishes with { Stop = true };

    /// <summary>Says whether the first rank wants a checkpoint after the next step.</summary>
    internal void RequestSave(bool save) => _numbers.Wishes = _numbers.Wishes with { Save = save };

    /// <summary>Begins a step, before its gradients are computed.</summary>
    public void Prepare()
    {
        _inner.Prepare();
        if (_trial is { IsOver: false }) Overlaps = _trial.Next();
        _numbers.Begin();
        _exchange.Begin(_ranks.Loss);
    }

    /// <summary>Adds up the gradients of all ranks and updates every parameter.</summary>
    /// <param name="rate">The learning rate; finite, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Prepare"/> was not called.</exception>
    public void Step(float rate)
    {
        WarmUp.CheckRate(rate, nameof(rate));
        if (!Overlaps) Add(_network.Parameters);
        _numbers.Fill(_ranks.Loss, _ranks.Images);
        _exchange.Complete(_numbers.Numbers);
        _numbers.Take();
        _inner.Step(rate);
    }

    /// <summary>Leaves the network to this process alone.</summary>
    public void Dispose()
    {
        (_network.Ranks, _network.AgreedLook) = (null, null);
        _exchange.Dispose();
    }

    private static double Checked(double share) => share is > 0 and <= 1
        ? share
        : throw new ArgumentOutOfRangeException(nameof(share), $"Share must be over 0 and at most 1, got {share}.");

    private void Add(IReadOnlyList<Parameter> parameters)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            if (!parameters[i].IsFrozen) _exchange.Add(parameters[i].Gradient, parameters[i].GradientMask);
        }
    }
}
