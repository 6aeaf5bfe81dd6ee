using SparseKernels.Training.Data;

namespace SparseKernels.Bench.Learning;

/// <summary>CIFAR-10's binary files, where the user or the working copy keeps them.</summary>
internal sealed class CifarImages
{
    private const string FolderName = "cifar-10-batches-bin";
    private const string DataVariable = "SPARSEKERNELS_DATA";

    /// <summary>Reads both splits.</summary>
    /// <param name="folder">
    /// The folder, or one that holds it under its usual name; null for the environment's, or that beside the repository.
    /// </param>
    /// <exception cref="IOException">The folder or its files are missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public CifarImages(string? folder)
    {
        folder = Resolve(folder);
        (Training, Test) = (Cifar10DataSet.Load(folder, DataSplit.Training), Cifar10DataSet.Load(folder, DataSplit.Test));
    }

    /// <summary>Whether the environment's folder, or that beside the repository, is there.</summary>
    public static bool Exist => Directory.Exists(Usual);

    /// <summary>The images to learn from.</summary>
    public IDataSet Training { get; }

    /// <summary>The images to measure accuracy on.</summary>
    public IDataSet Test { get; }

    /// <summary>Batches of a training run, shuffled, cropped and flipped by the recipe's seed: every loader gives the same ones.</summary>
    public BatchLoader TrainingBatches(int size, TrainingRecipe recipe) => new(Training, new BatchLoaderOptions
    {
        BatchSize = size,
        Training = true,
        Normalisation = Normalisation.Cifar10,
        Augmentation = Augmentation.CropAndFlip,
        Seed = recipe.Seed,
    });

    /// <summary>All test images in batches, in file order.</summary>
    public BatchLoader TestBatches(int size) => new(Test, new BatchLoaderOptions
    {
        BatchSize = Math.Min(size, Test.Count),
        Training = false,
        Normalisation = Normalisation.Cifar10,
    });

    private static string Usual =>
        Path.Combine(Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } root ? root : BesideRepository(), FolderName);

    private static string Resolve(string? folder)
    {
        if (string.IsNullOrEmpty(folder)) folder = Path.GetDirectoryName(Usual)!;
        var inside = Path.Combine(folder, FolderName);
        if (Directory.Exists(inside)) return inside;
        if (Directory.Exists(folder)) return folder;
        throw new DirectoryNotFoundException(
            $"CIFAR-10 isn't in '{Path.GetFullPath(inside)}': give its folder with --data-dir, or the folder above it in {DataVariable}.");
    }

    private static string BesideRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SparseKernels.sln"))) directory = directory.Parent;
        return Path.Combine(directory?.FullName ?? AppContext.BaseDirectory, "..", "shared", "data");
    }
}
