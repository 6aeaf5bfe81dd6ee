using SparseKernels.Training.Data;

namespace SparseKernels.Cli.Runs;

/// <summary>The data sets that <c>--data</c> names, with what training on each needs.</summary>
internal sealed record ImageSource(string Name, string DataSetName, string DefaultModel, string? Folder, Augmentation Augmentation)
{
    /// <summary>Images of the synthetic data set: enough that a network generalises, few enough for a run of under two minutes.</summary>
    public const int SyntheticTraining = 8000;

    /// <summary>Synthetic images held back.</summary>
    public const int SyntheticTest = 2000;

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

    /// <summary>The source of a name.</summary>
    /// <exception cref="ArgumentException">There is no such source.</exception>
    public static ImageSource Of(string name) =>
        s_all.FirstOrDefault(source => source.Name == name) ?? throw new ArgumentException(
            $"--data must be one of {string.Join(", ", Names)}, got {name}.");

    /// <summary>The source that a data set came from.</summary>
    /// <param name="name">The name of its training images, as a checkpoint keeps it.</param>
    /// <exception cref="InvalidDataException">None has that name.</exception>
    public static ImageSource OfDataSet(string name) =>
        s_all.FirstOrDefault(source => source.DataSetName == name)
        ?? throw new InvalidDataException(
            $"the checkpoint's run had the images '{name}'; --data knows {string.Join(", ", s_all.Select(source => source.DataSetName))}.");

    /// <summary>Reads or makes the images of a split.</summary>
    /// <param name="split">Training or test.</param>
    /// <param name="directory">The folder of <c>--data-dir</c>, if given.</param>
    /// <param name="seed">The seed of synthetic images.</param>
    /// <exception cref="ArgumentException">Files are needed and no folder is known.</exception>
    /// <exception cref="IOException">The folder or files are missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public IDataSet Load(DataSplit split, string? directory, ulong seed) => Name switch
    {
        "cifar10" => Cifar10DataSet.Load(Resolve(directory), split),
        "mnist" => IdxDataSet.Load(Resolve(directory), split),
        _ => SyntheticDataSet.Create(split, split == DataSplit.Test ? SyntheticTest : SyntheticTraining, seed),
    };

    /// <summary>The constants that are usual for the data, else those of the training images themselves.</summary>
    public Normalisation NormalisationFor(Func<IDataSet> training) =>
        Name == "cifar10" ? Normalisation.Cifar10 : Normalisation.Measure(training());

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
