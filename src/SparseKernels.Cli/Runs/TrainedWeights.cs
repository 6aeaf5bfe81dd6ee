using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Cli.Runs;

/// <summary>A trained network as its files describe it: a run's state file where there is one, else a file of weights alone.</summary>
internal sealed class TrainedWeights
{
    private readonly WeightsFile _weights;

    private TrainedWeights(string path, string model, ImageSource data, ulong seed, int? epochs, WeightsFile weights) =>
        (Path, Model, Data, Seed, Epochs, _weights) = (path, model, data, seed, epochs, weights);

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>The network.</summary>
    public string Model { get; }

    /// <summary>The images that it was trained on.</summary>
    public ImageSource Data { get; }

    /// <summary>What each class is called, by its label; none where the images came without names.</summary>
    public IReadOnlyList<string> ClassNames => _weights.ClassNames;

    /// <summary>The run's seed, from which synthetic images come.</summary>
    public ulong Seed { get; }

    /// <summary>Epochs complete; null if not known.</summary>
    public int? Epochs { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="given">A weights or state file, with or without extension, or a folder for the latest run in it.</param>
    /// <param name="data">What <c>--data</c> said.</param>
    /// <param name="model">What <c>--model</c> said.</param>
    /// <param name="imageSize">What <c>--image-size</c> said.</param>
    /// <exception cref="FileNotFoundException">There are no such weights.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">An option is missing, unknown or not the run's.</exception>
    public static TrainedWeights Read(string given, string? data, string? model, int? imageSize)
    {
        if (model is not null && !ModelCatalogue.Names.Contains(model))
            throw new ArgumentException($"--model must be one of {string.Join(", ", ModelCatalogue.Names)}, got {model}.");
        var weights = RunFiles.WeightsAlone(given);
        if (weights is not null)
        {
            if (model is null || data is null)
                throw new ArgumentException(
                    $"'{weights}' has no state file beside it that says what it is: --model and --data are needed.");
            return new TrainedWeights(weights, model, ImageSource.Of(data, imageSize), seed: 0, epochs: null, WeightsFile.Read(weights));
        }

        var path = RunFiles.ForResume(given, chosen: null);
        var checkpoint = Checkpoint.Load(path);
        var settings = RunSettings.From(checkpoint, new AskedSettings { Model = model });
        var size = imageSize ?? (data is not null && Directory.Exists(data) ? settings.Data.Pictures?.Size : null);
        var source = data is not null ? ImageSource.Of(data, size) : settings.Data;
        return new TrainedWeights(
            path, settings.Model, source, settings.Seed, checkpoint.Progress.Epoch,
            checkpoint.ToWeights());
    }

    /// <summary>Builds the network with these weights.</summary>
    /// <param name="images">The images that it is to classify.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="topology">Threads.</param>
    /// <param name="schedule">How kernels are chosen.</param>
    /// <returns>The network, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">The images are of other classes.</exception>
    /// <exception cref="InvalidDataException">The weights are of another network, or of other images.</exception>
    public Network Build(IDataSet images, int batch, ComputeTopology topology, KernelSchedule schedule)
    {
        if (ClassNames.Count > 0 && images.ClassNames.Count > 0 && !ClassNames.SequenceEqual(images.ClassNames))
            throw new ArgumentException(
                $"'{Path}' knows the classes {string.Join(", ", ClassNames)}, {images.Name} has {string.Join(", ", images.ClassNames)}.");
        var network = ModelCatalogue.Create(
            Model, new FeatureShape(images.Channels, images.Height, images.Width), images.Classes, batch, Seed, topology, schedule);
        try
        {
            _weights.Restore(network);
            return network;
        }
        catch (InvalidDataException e)
        {
            network.Dispose();
            throw new InvalidDataException($"'{Path}' doesn't fit {Model} for images of {network.Input}: {e.Message}", e);
        }
    }
}
