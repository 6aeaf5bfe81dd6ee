using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;

namespace SparseKernels.Training;

/// <summary>The network of a checkpoint, with its weights.</summary>
internal static class PredictedNetwork
{
    /// <summary>Makes it, for one image at a time.</summary>
    /// <exception cref="ArgumentException"><paramref name="make"/> makes another network.</exception>
    /// <exception cref="InvalidDataException">The model is unknown, or the checkpoint of another or too old.</exception>
    public static Network Of(Checkpoint checkpoint, string path, PredictorOptions options, Func<NetworkRequest, Network>? make)
    {
        try
        {
            if (checkpoint is not { Input: { } input, Classes: { } classes })
                throw new InvalidDataException("it keeps no sizes of images: make the network, load the weights, and a predictor of it.");
            var name = checkpoint.Settings.GetValueOrDefault("model") ?? throw new InvalidDataException("it keeps no setting 'model'.");
            var network = Make(new NetworkRequest(
                name, input, classes, Batch: 1, checkpoint.Progress.Seed, options.Topology ?? ComputeTopology.Default,
                options.Schedule ?? KernelSchedule.Current, options.Calibration), make);
            try
            {
                checkpoint.ToWeights().Restore(network);
                return network;
            }
            catch
            {
                network.Dispose();
                throw;
            }
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{Checkpoint.StatePath(path)}': {e.Message}", e);
        }
    }

    private static Network Make(NetworkRequest wanted, Func<NetworkRequest, Network>? make)
    {
        if (make is not null) return wanted.Check(make(wanted), nameof(make));
        return ModelCatalogue.Names.Contains(wanted.Name)
            ? ModelCatalogue.Create(
                wanted.Name, wanted.Input, wanted.Classes, wanted.Batch, wanted.Seed, wanted.Topology, wanted.Schedule, wanted.Calibration)
            : throw new InvalidDataException(
                $"expected one of the models {string.Join(", ", ModelCatalogue.Names)}, got '{wanted.Name}', which needs whoever makes it.");
    }
}
