using System.Diagnostics;
using SparseKernels.Diagnostics;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Distribution;

/// <summary>
/// What goes with the gradients of a step, so that one sum serves all: whether a rank wants to stop, what the batch gave, running
/// statistics, which become the mean of all ranks', and what the first rank's plans chose, from which all go on.
/// </summary>
internal sealed class StepNumbers
{
    private const int Own = 7;

    private static readonly PassChoice[] s_choices = [PassChoice.None, PassChoice.Dense, .. OperandPair.All.Select(PassChoice.Of)];

    private readonly Network _network;
    private readonly ICommunicator _communicator;
    private readonly NamedTensor[] _statistics;
    private readonly AgreedLook _look = new();
    private readonly float[] _numbers;
    private readonly int _firstChoice;
    private long _start;

    public StepNumbers(Network network, ICommunicator communicator)
    {
        (_network, _communicator) = (network, communicator);
        _statistics = [.. network.State.Skip(network.Parameters.Count)];
        _firstChoice = Own + _statistics.Sum(tensor => tensor.Values.Length);
        _numbers = new float[_firstChoice + (3 * network.Plans.Count)];
        network.AgreedLook = _look;
    }

    /// <summary>Whether this rank wants the run to stop, or a checkpoint; of the first rank alone the second counts.</summary>
    public (bool Stop, bool Save) Wishes { get; set; }

    /// <summary>Whether a rank wanted the run to stop in the last step, and the first one a checkpoint.</summary>
    public (bool Stop, bool Save) Agreed { get; private set; }

    /// <summary>What the whole batch gave.</summary>
    public BatchResult Result { get; private set; }

    /// <summary>The numbers, to be added up.</summary>
    public Span<float> Numbers => _numbers;

    /// <summary>Takes note of when the step began.</summary>
    public void Begin() => _start = Stopwatch.GetTimestamp();

    /// <summary>Gathers this rank's.</summary>
    /// <param name="share">What its mean loss counts in that of the batch.</param>
    /// <param name="images">Its share of the images.</param>
    public void Fill(double share, double images)
    {
        var isFirst = _communicator.Rank == 0;
        var result = _network.LastResult;
        Array.Clear(_numbers);
        _numbers[0] = Wishes.Stop ? 1 : 0;
        _numbers[1] = isFirst && Wishes.Save ? 1 : 0;
        _numbers[2] = (float)(share * result.Loss);
        _numbers[3] = result.Correct;
        _numbers[4] = result.Count;
        var at = Own;
        foreach (var tensor in _statistics)
        {
            foreach (var value in tensor.Values) _numbers[at++] = (float)(value * images);
        }

        if (!isFirst) return;
        _numbers[5] = (float)Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (LayoutChoice.IsLook(_network.StepsTaken + 1)) _numbers[6] = (float)_network.PromiseOfOtherLayout();
        foreach (var layer in _network.Plans)
        {
            var choices = layer.Plan.Choices;
            _numbers[at++] = Array.IndexOf(s_choices, choices.Forward);
            _numbers[at++] = Array.IndexOf(s_choices, choices.BackwardData);
            _numbers[at++] = Array.IndexOf(s_choices, choices.BackwardWeights);
        }
    }

    /// <summary>Takes the sums over.</summary>
    public void Take()
    {
        Agreed = (_numbers[0] > 0, _numbers[1] > 0);
        Result = new BatchResult(_numbers[2], (int)_numbers[3], (int)_numbers[4]);
        (_look.Seconds, _look.Promise) = (_numbers[5], _numbers[6]);
        var at = Own;
        foreach (var tensor in _statistics)
        {
            _numbers.AsSpan(at, tensor.Values.Length).CopyTo(tensor.Values);
            at += tensor.Values.Length;
        }

        if (_communicator.Rank == 0) return;
        foreach (var layer in _network.Plans)
        {
            layer.Plan.Choices = layer.Plan.Choices with
            {
                Forward = s_choices[(int)_numbers[at++]],
                BackwardData = s_choices[(int)_numbers[at++]],
                BackwardWeights = s_choices[(int)_numbers[at++]],
            };
        }
    }
}
