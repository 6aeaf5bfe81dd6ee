using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>
/// The usual augmentation of small images (He et al. 2016, section 4.2): a crop of the image's own size out of the image with black
/// added on every side, and a mirror image every second time.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Images as they are.</summary>
    public static Augmentation None { get; } = new(0, flip: false);

    /// <summary>Crops from 4 pixels of padding, and flips.</summary>
    public static Augmentation CropAndFlip { get; } = new(4, flip: true);

    /// <summary>Makes an augmentation.</summary>
    /// <param name="padding">Pixels added on every side before the crop; 0 for no crop.</param>
    /// <param name="flip">Whether to mirror left and right at random.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="padding"/> is negative or over 1,024.</exception>
    public Augmentation(int padding, bool flip)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(padding, 1024);
        (Padding, Flip) = (padding, flip);
    }

    /// <summary>Pixels added on every side before the crop.</summary>
    public int Padding { get; }

    /// <summary>Whether to mirror left and right at random.</summary>
    public bool Flip { get; }

    /// <summary>Augments one image.</summary>
    /// <param name="source"><c>[C, H, W]</c>, intensities before normalisation, where 0 is black.</param>
    /// <param name="destination"><c>[C, H, W]</c>, overwritten; not the same memory.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="random">Decides; three numbers are drawn whatever the settings.</param>
    /// <exception cref="ArgumentException">The lengths differ, are not whole planes of H·W, or the memory overlaps.</exception>
    public void Apply(ReadOnlySpan<float> source, Span<float> destination, int height, int width, ref RandomSource random)
    {
        if (height < 1 || width < 1 || source.Length % ((long)height * width) != 0)
            throw new ArgumentException($"source must be whole planes of {height}×{width}, got {source.Length} elements.", nameof(source));
        if (destination.Length != source.Length)
            throw new ArgumentException(
                $"destination must have {source.Length} elements as source has, got {destination.Length}.", nameof(destination));
        if (source.Overlaps(destination)) throw new ArgumentException("destination must not overlap source.", nameof(destination));
        var down = random.NextInt((2 * Padding) + 1) - Padding;
        var right = random.NextInt((2 * Padding) + 1) - Padding;
        var mirrored = random.NextInt(2) == 1 && Flip;

        for (var row = 0; row < source.Length / width; row++)
        {
            var line = destination.Slice(row * width, width);
            var y = (row % height) + down;
            if ((uint)y >= (uint)height)
            {
                line.Clear();
                continue;
            }

            CopyShifted(source.Slice((row - (row % height) + y) * width, width), line, right);
            if (mirrored) line.Reverse();
        }
    }

    private static void CopyShifted(ReadOnlySpan<float> source, Span<float> destination, int shift)
    {
        var from = Math.Clamp(shift, 0, source.Length);
        var to = Math.Clamp(source.Length + shift, 0, source.Length);
        if (to <= from)
        {
            destination.Clear();
            return;
        }

        destination[..(from - shift)].Clear();
        source[from..to].CopyTo(destination[(from - shift)..]);
        destination[(to - shift)..].Clear();
    }
}
