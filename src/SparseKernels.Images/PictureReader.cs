using System.Globalization;
using SparseKernels.Images.Decoding;
using SparseKernels.Images.Preparing;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;

namespace SparseKernels.Images;

/// <summary>
/// Reads single pictures as a network saw those of its tests: <c>(v − mean) / deviation</c> of the middle that
/// <see cref="PictureFolder.CopyImage"/> gives, bit for bit. Any number of threads read at once.
/// </summary>
public sealed class PictureReader
{
    private const int LargestSize = 4096;

    private readonly PicturePreparation _preparation;
    private readonly IntensityTable _intensities;
    private readonly int _mostPixels = PictureDecoder.MostPixels;

    /// <summary>Makes a reader.</summary>
    /// <param name="size">Width and height of the images, 1 to 4,096.</param>
    /// <param name="normalisation">Of three channels; <see cref="PictureFolder.ImageNet"/> where null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="normalisation"/> is of another number of channels.</exception>
    /// <exception cref="PlatformNotSupportedException">Skia's native library is not there for this platform.</exception>
    public PictureReader(int size, Normalisation? normalisation = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        Normalisation = normalisation ?? PictureFolder.ImageNet;
        if (Normalisation.Mean.Length != Picture.Channels)
            throw new ArgumentException(
                $"normalisation must have {Picture.Channels} channels, red, green and blue, got {Normalisation.Mean.Length}.", nameof(normalisation));
        SkiaLibrary.Require();
        Size = size;
        _preparation = new PicturePreparation(DataSplit.Test, size, size);
        _intensities = new IntensityTable(Normalisation);
    }

    /// <summary>Width and height of the images.</summary>
    public int Size { get; }

    /// <summary>What is applied to each image.</summary>
    public Normalisation Normalisation { get; }

    /// <summary>Elements of an image: 3 · <see cref="Size"/>².</summary>
    public int Length => Picture.Channels * Size * Size;

    /// <summary>
    /// Pixels that a picture may have, 1 or more; 178,956,970 by default, as in PIL. Decoding one takes 7 bytes for each, however small its file is.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is under 1.</exception>
    public int MostPixels
    {
        get => _mostPixels;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _mostPixels = value;
        }
    }

    /// <summary>The reader of pictures for the network of a training run on pictures.</summary>
    /// <param name="checkpoint">The run; it keeps the images' size and normalisation.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="checkpoint"/> is null.</exception>
    /// <exception cref="InvalidDataException">
    /// It keeps no size or normalisation, or those of images that aren't colour images as wide as high.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">Skia's native library is not there for this platform.</exception>
    public static PictureReader Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.Input is not { } input) throw new InvalidDataException("the checkpoint keeps no sizes of images: make the reader from the size.");
        if (input.Channels != Picture.Channels || input.Height != input.Width || input.Height > LargestSize)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"the checkpoint's run had images of {input}: expected [3, S, S] with S of 1 to {LargestSize}, for pictures."));
        var text = checkpoint.Settings.GetValueOrDefault(TrainerOptions.NormalisationSetting)
            ?? throw new InvalidDataException($"the checkpoint keeps no setting '{TrainerOptions.NormalisationSetting}'.");
        try
        {
            return new PictureReader(input.Height, Normalisation.Parse(text));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the checkpoint's setting '{TrainerOptions.NormalisationSetting}': {e.Message}", e);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">A JPEG, PNG, BMP, GIF or WebP file.</param>
    /// <param name="image"><c>[3, S, S]</c>, overwritten: normalised.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is null or empty, or <paramref name="image"/> has not <see cref="Length"/> elements.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is no picture, damaged, cut off or too large; the message names it. Nothing was written.</exception>
    /// <exception cref="IOException">It is not there or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public void Read(string path, Span<float> image)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Check(image);
        Read(File.ReadAllBytes(path), $"'{path}'", image);
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">All bytes of a JPEG, PNG, BMP, GIF or WebP file.</param>
    /// <param name="image"><c>[3, S, S]</c>, overwritten: normalised.</param>
    /// <exception cref="ArgumentException"><paramref name="image"/> has not <see cref="Length"/> elements.</exception>
    /// <exception cref="InvalidDataException">
    /// The bytes are no picture, damaged, cut off or too large: <c>the picture is empty.</c> Nothing was written.
    /// </exception>
    public void Read(ReadOnlySpan<byte> file, Span<float> image)
    {
        Check(image);
        Read(file, "the picture", image);
    }

    private void Read(ReadOnlySpan<byte> file, string name, Span<float> image)
    {
        var memory = ReadingMemory.OfThread;
        var cut = memory.Cut(Size);
        try
        {
            _preparation.Cut(PictureDecoder.Decode(file, MostPixels, memory.Pixels), cut);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name} {e.Message}", e);
        }

        _intensities.Copy(cut, image);
    }

    private void Check(Span<float> image)
    {
        if (image.Length != Length)
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"image must have {Length} elements for [{Picture.Channels}, {Size}, {Size}], got {image.Length}."),
                nameof(image));
    }
}
