using System.Globalization;
using SparseKernels.Images.Colour;
using SparseKernels.Images.Decoding;
using SparseKernels.Images.Folders;
using SparseKernels.Images.Preparing;
using SparseKernels.Images.Resampling;
using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Images;

/// <summary>
/// Photographs in a folder for each class, <c>photos/cats/*.jpg</c>, as colour images of one size; with or without a split of one's own
/// (<c>photos/train/cats</c> beside <c>photos/test</c> or <c>photos/val</c>). JPEG, PNG, BMP, GIF (the first frame) and WebP, turned as their
/// EXIF data say, alpha dropped as in torchvision. Images to learn from are random crops, resized and mirrored
/// (<see cref="PictureAugmentation"/>); images for tests have their shorter side resized to <c>size / 0.875</c> and their middle cut out.
/// Resizing is PIL's bilinear with antialiasing. Every file is read and decoded once at first, so that broken ones are known.
/// </summary>
public sealed class PictureFolder : IDataSet
{
    private readonly PictureStore _store;
    private readonly PicturePreparation _preparation;
    private readonly PictureAugmentation _augmentation;
    private readonly string[] _classes;

    private PictureFolder(string name, string[] classes, PictureStore store, PicturePreparation preparation, PictureFolderOptions options)
    {
        (Name, _classes, _store, _preparation, _augmentation) = (name, classes, store, preparation, options.Augmentation);
        (Height, Width) = (options.ImageSize, options.ImageSize);
        Settings = new Dictionary<string, string>
        {
            [SizeSetting] = options.ImageSize.ToString(CultureInfo.InvariantCulture),
            ["reduced-to"] = options.ReducedSide.ToString(CultureInfo.InvariantCulture),
            ["augmentation"] = options.Augmentation.Text,
        };
    }

    /// <summary>The key of <see cref="Settings"/> under which <see cref="PictureFolderOptions.ImageSize"/> is kept.</summary>
    public const string SizeSetting = "size";

    /// <summary>The usual means and deviations of ImageNet's photographs, with which pretrained networks were trained.</summary>
    public static Normalisation ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => _store.Files.Count;

    /// <summary>3: red, green and blue.</summary>
    public int Channels => Picture.Channels;

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int Classes => _classes.Length;

    /// <summary>The names of the classes' folders, in ordinal order.</summary>
    public IReadOnlyList<string> ClassNames => _classes;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The files that can't be read, which are left out.</summary>
    public IReadOnlyList<BrokenPicture> Broken => _store.Broken;

    /// <summary>Bytes of decoded pictures that are kept in memory.</summary>
    public long CachedBytes => _store.KeptBytes;

    /// <summary>Reads the pictures of a split.</summary>
    /// <param name="folder">The folder that has one for each class, or <c>train</c> and <c>test</c> or <c>val</c> with these.</param>
    /// <param name="split">Which pictures.</param>
    /// <param name="options">Sizes, augmentation, memory; the defaults where null.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is null or empty.</exception>
    /// <exception cref="ArgumentNullException">The options' augmentation is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">
    /// There are no classes, a single one, a class without pictures, with one picture where some are to be held out, or without one that can
    /// be read; or <see cref="PictureFolderOptions.Strict"/> is set and a picture can't be read.
    /// </exception>
    /// <exception cref="IOException">The folder can't be read.</exception>
    /// <exception cref="PlatformNotSupportedException">Skia's native library is not there for this platform.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be read.</exception>
    public static PictureFolder Load(string folder, DataSplit split, PictureFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new PictureFolderOptions();
        options.Check();
        SkiaLibrary.Require();
        var (classes, files) = ClassFolders.Find(folder, split, options.TestShare, options.Seed);
        var preparation = new PicturePreparation(split, options.ImageSize, options.ReducedSide);
        var store = PictureStore.Read(files, preparation, options);
        if (files.GroupBy(file => file.Label).FirstOrDefault(group => !store.Files.Any(file => file.Label == group.Key)) is { } lost)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"none of the {lost.Count()} pictures of '{classes[lost.Key]}' can be read: {store.Broken.First(broken => broken.Path == lost.First().Path).Reason}"));
        return new PictureFolder(options.Name ?? $"pictures in {Path.GetFullPath(folder)}", classes, store, preparation, options);
    }

    /// <summary>The file of a picture.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public string PathOf(int index)
    {
        CheckIndex(index);
        return _store.Files[index].Path;
    }

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return _store.Files[index].Label;
    }

    /// <summary>Copies the middle of a picture, as for tests.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <param name="chw"><c>[3, H, W]</c>, overwritten with intensities from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    /// <exception cref="ArgumentException"><paramref name="chw"/> has not 3·H·W elements.</exception>
    /// <exception cref="InvalidDataException">The file could be read once and can't any more; the message names it.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public void CopyImage(int index, Span<float> chw)
    {
        Check(index, chw);
        _preparation.CopyMiddle(_store.Get(index), chw);
    }

    /// <summary>Copies a random crop of a picture, resized, mirrored every second time, its colours changed.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <param name="chw"><c>[3, H, W]</c>, overwritten with intensities from 0 to 1.</param>
    /// <param name="random">Decides.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    /// <exception cref="ArgumentException"><paramref name="chw"/> has not 3·H·W elements.</exception>
    /// <exception cref="InvalidDataException">The file could be read once and can't any more; the message names it.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public void CopyTrainingImage(int index, Span<float> chw, ref RandomSource random)
    {
        Check(index, chw);
        var picture = _store.Get(index);
        var crop = RandomCrop.Draw(picture.Width, picture.Height, _augmentation, ref random);
        var sink = new PlaneSink(chw, random.NextInt(2) == 1 && _augmentation.Flip);
        Resampler.OfThread.Resample(picture, crop, Width, Height, new PixelBox(0, 0, Width, Height), ref sink);
        ColourJitter.Apply(chw, _augmentation, ref random);
    }

    private void Check(int index, Span<float> chw)
    {
        CheckIndex(index);
        if (chw.Length != Channels * Height * Width)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"chw must have {Channels * Height * Width} elements for [{Channels}, {Height}, {Width}], got {chw.Length}."), nameof(chw));
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has images 0 to {Count - 1}.");
    }
}
