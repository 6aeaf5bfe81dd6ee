using System.Globalization;

namespace SparseKernels.Training.Data;

/// <summary>Brings each channel to mean 0 and standard deviation 1: <c>(v − mean) / deviation</c>, for intensities 0 to 1.</summary>
public sealed class Normalisation
{
    private const string MeanWord = "mean ";
    private const string DeviationWord = ", deviation ";

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

    /// <summary>Reads what <see cref="ToString"/> writes, which checkpoints keep.</summary>
    /// <param name="text"><c>mean 0.485 0.456 0.406, deviation 0.229 0.224 0.225</c>.</param>
    /// <returns>The normalisation, to the bit.</returns>
    /// <exception cref="ArgumentException"><paramref name="text"/> is null, of another form, or a value is out of range.</exception>
    public static Normalisation Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var middle = text.IndexOf(DeviationWord, StringComparison.Ordinal);
        if (!text.StartsWith(MeanWord, StringComparison.Ordinal) || middle < MeanWord.Length || !TryValues(text[MeanWord.Length..middle], out var mean)
            || !TryValues(text[(middle + DeviationWord.Length)..], out var deviation))
            throw new ArgumentException($"text must be of the form '{MeanWord}0.5 0.4{DeviationWord}0.2 0.3', got '{text}'.", nameof(text));
        try
        {
            return new Normalisation(mean, deviation);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"'{text}': {e.Message}", nameof(text), e);
        }
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    /// <returns><c>mean 0.485 0.456 0.406, deviation 0.229 0.224 0.225</c>, each value with as many digits as it needs.</returns>
    public override string ToString() => $"{MeanWord}{List(_mean)}{DeviationWord}{List(_deviation)}";

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

    private static string List(float[] values) => string.Join(' ', values.Select(value => value.ToString(CultureInfo.InvariantCulture)));

    private static bool TryValues(string text, out float[] values)
    {
        var words = text.Split(' ');
        values = new float[words.Length];
        for (var i = 0; i < words.Length; i++)
            if (!float.TryParse(words[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i])) return false;
        return true;
    }
}
