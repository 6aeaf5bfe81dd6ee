using SparseKernels.Threading;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>What a trainer wants of the network that it trains: handed to whoever makes it.</summary>
/// <param name="Name">What the network is called, in checkpoints too.</param>
/// <param name="Input">The sizes of one image.</param>
/// <param name="Classes">Classes to tell apart.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Seed">What the first values and random masks derive from.</param>
/// <param name="Topology">Threads.</param>
/// <param name="Schedule">How convolutions choose their kernels.</param>
/// <param name="Calibration">What they predict times from; null for <see cref="Calibration.Current"/>.</param>
public sealed record NetworkRequest(
    string Name, FeatureShape Input, int Classes, int Batch, ulong Seed, ComputeTopology Topology, KernelSchedule Schedule, Calibration? Calibration)
{
    /// <summary>A network of layers in a row, as wanted.</summary>
    /// <param name="layers">The layers; the last gives <see cref="Classes"/>×1×1.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="layers"/> is null.</exception>
    /// <exception cref="ArgumentException">The layers make no network.</exception>
    public Network Make(IReadOnlyList<Layer> layers) => new(Name, Input, layers, Batch, Seed, Topology, Schedule, Calibration);

    /// <summary>A network of a graph of layers, as wanted.</summary>
    /// <param name="graph">The layers; the input is <see cref="Input"/>, the last layer gives <see cref="Classes"/>×1×1.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="graph"/> is null.</exception>
    /// <exception cref="ArgumentException">The layers make no network.</exception>
    public Network Make(NetworkGraph graph) => Network.FromGraph(Name, graph, Batch, Seed, Topology, Schedule, Calibration);

    /// <summary>Makes sure that a network is the wanted one.</summary>
    /// <exception cref="ArgumentException">It is null or another; it is disposed then.</exception>
    internal Network Check(Network? made, string argument)
    {
        if (made is null) throw new ArgumentException($"{argument} must make a network, got null.", argument);
        var (wanted, got) = (Text(Name, Input, Classes, Batch), TextOf(made));
        if (wanted == got) return made;
        made.Dispose();
        throw new ArgumentException($"{argument} must make {wanted}, got {got}.", argument);
    }

    private static string TextOf(Network made)
    {
        var loss = made.Outputs[made.LossOutputIndex];
        return made.Inputs.Count > 1
            ? $"'{made.Name}' of {made.Inputs.Count} inputs, {string.Join(", ", made.Inputs.Select(input => $"'{input.Name}'"))}, where a data set gives one"
            : loss.Image is not { Height: 1, Width: 1 }
            ? $"'{made.Name}' whose LossOutput '{loss.Name}' gives {loss.Image}, no classes"
            : Text(made.Name, made.Input, made.Classes, made.Batch);
    }

    private static string Text(string name, FeatureShape input, int classes, int batch) => $"'{name}' for {batch} images {input} of {classes} classes";
}
