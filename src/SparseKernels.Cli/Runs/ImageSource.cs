using SparseKernels.Images;
using SparseKernels.Schemas;
using SparseKernels.Training.Data;

namespace SparseKernels.Cli.Runs;

/// <summary>The data sets that <c>--data</c> names, and folders of pictures, with what training on each needs.</summary>
internal sealed record ImageSource(string Name, string DataSetName, string DefaultModel, string? Folder, Augmentation Augmentation)
{
    /// <summary>Images of the synthetic data set: enough that a network generalises, few enough for a run of under two minutes.</summary>
    public const int SyntheticTraining = 8000;

    /// <summary>Synthetic images held back.</summary>
    public const int SyntheticTest = 2000;

    private const string PicturesPrefix = "pictures in ";
    private const int BytesPerMegabyte = 1 << 20;

    private const string DataVariable = "SPARSEKERNELS_DATA";

    private static readonly ImageSource[] s_all =
    [
        new("synthetic", "synthetic training", "vgg-small", null, Augmentation.CropAndFlip),
        new("cifar10", "CIFAR-10 training", "vgg-small", "cifar-10-batches-bin", Augmentation.CropAndFlip),
        new("mnist", "IDX training", "lenet", "mnist", new Augmentation(2, flip: false)),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(source => source.Name)];

    /// <summary>Whether the images are made on the spot.</summary>
    public bool IsSynthetic => Folder is null;

    /// <summary>How its folder of pictures is read; null for any other source.</summary>
    public PictureRequest? Pictures { get; init; }

    /// <summary>What a run on it is called where no name is given.</summary>
    public string RunName => Pictures is null ? Name : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Name)));

    /// <summary>The source of a name, or of a folder of pictures.</summary>
    /// <param name="name">What <c>--data</c> said.</param>
    /// <param name="size">What <c>--image-size</c> said.</param>
    /// <exception cref="ArgumentException">There is no such source, or one whose images have their size.</exception>
    public static ImageSource Of(string name, int? size)
    {
        var known = s_all.FirstOrDefault(source => source.Name == name);
        if (known is null && Directory.Exists(name))
            return OfPictures(name, PicturesPrefix + Path.GetFullPath(name), size ?? PictureRequest.DefaultSize);
        if (known is null) throw new ArgumentException($"--data must be one of {string.Join(", ", Names)}, or a folder of pictures, got {name}.");
        return size is null ? known : throw new ArgumentException($"--image-size is for a folder of pictures, got --data {name}.");
    }

    /// <summary>The source of a run's images.</summary>
    /// <param name="stored">The settings that its checkpoint keeps.</param>
    /// <param name="moved">What <c>--data</c> said: where a folder of pictures is now.</param>
    /// <exception cref="InvalidDataException">There is no such source.</exception>
    public static ImageSource OfRun(IReadOnlyDictionary<string, string> stored, string? moved)
    {
        var name = stored.GetValueOrDefault("data") ?? throw new InvalidDataException("the checkpoint keeps no setting 'data'.");
        if (name.StartsWith(PicturesPrefix, StringComparison.Ordinal))
        {
            const string Key = $"images.{PictureFolder.SizeSetting}";
            var size = NumberRules.Size.Parse($"the checkpoint's setting '{Key}'", stored.GetValueOrDefault(Key));
            return OfPictures(moved is not null && Directory.Exists(moved) ? moved : name[PicturesPrefix.Length..], name, size);
        }

        return s_all.FirstOrDefault(source => source.DataSetName == name) ?? throw new InvalidDataException(
            $"the checkpoint's run had the images '{name}'; --data knows {string.Join(", ", s_all.Select(source => source.DataSetName))}, and pictures.");
    }

    /// <summary>Reads or makes the images of a split.</summary>
    /// <param name="split">Training or test.</param>
    /// <param name="directory">The folder of <c>--data-dir</c>, if given.</param>
    /// <param name="seed">The seed of synthetic images.</param>
    /// <exception cref="ArgumentException">Files are needed and no folder is known.</exception>
    /// <exception cref="IOException">The folder or files are missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public IDataSet Load(DataSplit split, string? directory, ulong seed) => Name switch
    {
        _ when Pictures is { } pictures => PictureFolder.Load(Folder!, split, OptionsOf(pictures, split, seed)),
        "cifar10" => Cifar10DataSet.Load(Resolve(directory), split),
        "mnist" => IdxDataSet.Load(Resolve(directory), split),
        _ => SyntheticDataSet.Create(split, split == DataSplit.Test ? SyntheticTest : SyntheticTraining, seed),
    };

    /// <summary>The constants that are usual for the data, else those of the training images themselves.</summary>
    public Normalisation NormalisationFor(Func<IDataSet> training) =>
        Pictures is not null ? PictureFolder.ImageNet : Name == "cifar10" ? Normalisation.Cifar10 : Normalisation.Measure(training());

    /// <summary>The same with its folder of pictures read so.</summary>
    /// <exception cref="ArgumentException">It is no folder of pictures, for which alone these options are.</exception>
    public ImageSource Reading(bool strict, int? cacheMemory)
    {
        if (Pictures is not null) return this with { Pictures = Pictures with { Strict = strict, CacheMemory = cacheMemory } };
        return !strict && cacheMemory is null
            ? this
            : throw new ArgumentException($"{(strict ? "--strict" : "--cache-memory")} is for a folder of pictures, got --data {Name}.");
    }

    private static ImageSource OfPictures(string folder, string dataSetName, int size) =>
        new(folder, dataSetName, "vgg-small", folder, Augmentation.None) { Pictures = new PictureRequest(size) };

    private PictureFolderOptions OptionsOf(PictureRequest pictures, DataSplit split, ulong seed)
    {
        // Images for tests are few and kept small: a quarter is theirs.
        long? bytes = pictures.CacheMemory is { } megabytes ? (long)megabytes * BytesPerMegabyte : null;
        return new PictureFolderOptions
        {
            ImageSize = pictures.Size,
            Strict = pictures.Strict,
            Seed = seed,
            Name = DataSetName,
            CacheBytes = split == DataSplit.Test ? bytes / 4 : bytes - (bytes / 4),
        };
    }

    /// <summary>The folder given, or the one in it that has the data set's usual name.</summary>
    private string Resolve(string? directory)
    {
        if (string.IsNullOrEmpty(directory)) directory = Environment.GetEnvironmentVariable(DataVariable);
        if (string.IsNullOrEmpty(directory))
            throw new ArgumentException(
                $"--data {Name} needs the folder of its files: --data-dir FOLDER, or the environment variable {DataVariable}.");
        var inside = Path.Combine(directory, Folder!);
        return Directory.Exists(inside) ? inside : directory;
    }
}
