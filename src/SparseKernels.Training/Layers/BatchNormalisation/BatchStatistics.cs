using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// The mean and variance per channel of a batch that several ranks share, and the sums that the way back needs of it, each rank's weighted by
/// its share of the batch. The variance is of the differences from the common mean, so that no digits are lost.
/// </summary>
/// <param name="channels">Channels.</param>
/// <param name="ranks">The ranks.</param>
internal sealed class BatchStatistics(int channels, WorkspaceRanks ranks)
{
    private readonly ICommunicator _communicator = ranks.Statistics!;
    private readonly double[] _own = new double[2 * channels];
    private readonly float[] _sums = new float[2 * channels];

    /// <summary>Whose ranks they are.</summary>
    public WorkspaceRanks Ranks => ranks;

    private Span<float> Firsts => _sums.AsSpan(0, channels);

    private Span<float> Seconds => _sums.AsSpan(channels);

    /// <summary>Takes what this rank's images give for a channel: mean and variance, or the two sums of the way back.</summary>
    public void Put(int c, double first, double second) => (_own[c], _own[channels + c]) = (first, second);

    /// <summary>What all ranks' images give for it together, after <see cref="CombineMoments"/> or <see cref="CombineSums"/>.</summary>
    public (double First, double Second) this[int c] => (Firsts[c], Seconds[c]);

    /// <summary>Makes one mean and variance of those of all ranks.</summary>
    /// <param name="count">Values of this rank in each channel.</param>
    /// <returns>Values of all ranks.</returns>
    public double CombineMoments(long count)
    {
        for (var c = 0; c < channels; c++) Firsts[c] = (float)(ranks.Images * _own[c]);
        _communicator.Sum(Firsts);
        for (var c = 0; c < channels; c++)
        {
            var apart = _own[c] - Firsts[c];
            Seconds[c] = (float)(ranks.Images * (_own[channels + c] + (apart * apart)));
        }

        _communicator.Sum(Seconds);
        return count / ranks.Images;
    }

    /// <summary>Adds up the sums of the way back, in the measure of this rank's gradients.</summary>
    /// <param name="count">Values of this rank in each channel.</param>
    /// <returns>Values of all ranks.</returns>
    public double CombineSums(double count)
    {
        for (var i = 0; i < _sums.Length; i++) _sums[i] = (float)(ranks.Loss * _own[i]);
        _communicator.Sum(_sums);
        for (var i = 0; i < _sums.Length; i++) _sums[i] = (float)(_sums[i] / ranks.Loss);
        return count / ranks.Images;
    }
}
