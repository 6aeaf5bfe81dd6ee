namespace SparseKernels.Training.Data;

/// <summary>Brings each channel to mean 0 and standard deviation 1: <c>(v − mean) / deviation</c>, for intensities 0 to 1.</summary>
public sealed class Normalisation
{
    private readonly float[] _mean;
    private readonly float[] _deviation;

    /// <summary>Makes a normalisation.</summary>
    /// <param name="mean">Each channel's mean.</param>
    /// <param name="deviation">Each channel's standard deviation, finite and over 0.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a value is out of range.</exception>
    public Normalisation(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation)
    {
        if (mean.Length == 0 || mean.Length != deviation.Length)
            throw new ArgumentException(
                $"deviation must have as many channels as mean, 1 or more; got {deviation.Length} for {mean.Length}.", nameof(deviation));
        foreach (var value in mean)
            if (!float.IsFinite(value)) throw new ArgumentException($"mean must be finite, got {value}.", nameof(mean));
        foreach (var value in deviation)
            if (!float.IsFinite(value) || value <= 0)
                throw new ArgumentException($"deviation must be finite and over 0, got {value}.", nameof(deviation));
        (_mean, _deviation) = (mean.ToArray(), deviation.ToArray());
    }

    /// <summary>The usual constants of CIFAR-10's training images.</summary>
    public static Normalisation Cifar10 { get; } = new([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]);

    /// <summary>The usual constants of MNIST's training images.</summary>
    public static Normalisation Mnist { get; } = new([0.1307f], [0.3081f]);

    /// <summary>Each channel's mean.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Each channel's standard deviation.</summary>
    public ReadOnlySpan<float> Deviation => _deviation;

    /// <summary>The mean and deviation of a data set's own images.</summary>
    /// <param name="data">The images, normally those for training.</param>
    /// <param name="limit">Only the first so many; 1 or more.</param>
    /// <returns>The normalisation; a channel without any contrast keeps deviation 1.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="data"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is under 1.</exception>
    public static Normalisation Measure(IDataSet data, int limit = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var plane = data.Height * data.Width;
        var image = new float[data.Channels * plane];
        var sum = new double[data.Channels];
        var squares = new double[data.Channels];
        var count = Math.Min(data.Count, limit);
        for (var i = 0; i < count; i++)
        {
            data.CopyImage(i, image);
            for (var j = 0; j < image.Length; j++)
            {
                sum[j / plane] += image[j];
                squares[j / plane] += (double)image[j] * image[j];
            }
        }

        var mean = new float[data.Channels];
        var deviation = new float[data.Channels];
        for (var c = 0; c < data.Channels; c++)
        {
            var average = sum[c] / ((double)count * plane);
            var variance = (squares[c] / ((double)count * plane)) - (average * average);
            mean[c] = (float)average;
            deviation[c] = variance > 1e-10 ? (float)Math.Sqrt(variance) : 1;
        }

        return new Normalisation(mean, deviation);
    }

    /// <summary>Normalises an image in place.</summary>
    /// <param name="chw"><c>[C, H, W]</c>.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of the channels.</exception>
    public void Apply(Span<float> chw)
    {
        if (chw.Length % _mean.Length != 0)
            throw new ArgumentException(
                $"chw must have a multiple of {_mean.Length} elements, one plane for each channel, got {chw.Length}.", nameof(chw));
        var plane = chw.Length / _mean.Length;
        for (var c = 0; c < _mean.Length; c++)
        {
            var scale = 1 / _deviation[c];
            var shift = -_mean[c] * scale;
            foreach (ref var value in chw.Slice(c * plane, plane)) value = (value * scale) + shift;
        }
    }
}
