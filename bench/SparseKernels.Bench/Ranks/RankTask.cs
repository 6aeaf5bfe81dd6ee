using System.Diagnostics;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Threading;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Ranks;

/// <summary>A network to train on random images: what a rank does, or a process alone.</summary>
/// <param name="Model">Its name in the catalogue.</param>
/// <param name="Zeros">The share of its weights that is zero, but for the first and last layer.</param>
/// <param name="Size">Height and width of an image; null for what the model is mostly used on.</param>
/// <param name="Batch">Images of this process.</param>
/// <param name="Threads">Its threads.</param>
internal sealed record RankTask(string Model, double Zeros, int? Size, int Batch, int Threads)
{
    /// <summary>Classes of the data sets that images of 224 and of 32 pixels come from.</summary>
    private const int LargeClasses = 1000, SmallClasses = 10;

    private const int Large = 224, Small = 32;

    /// <summary>
    /// Steps that compile and allocate, at least; more for half of the time that is measured, while code is compiled anew and plans try what is
    /// fastest.
    /// </summary>
    private const int WarmUp = 2;

    /// <summary>Steps at least whose median is taken.</summary>
    private const int Least = 3;

    /// <summary>Steps with a rate so low that nothing changes over a measurement.</summary>
    private const float Rate = 1e-4f;

    private int Pixels => Size ?? (Model.StartsWith("resnet", StringComparison.Ordinal) && Model != "resnet20" ? Large : Small);

    private int Classes => Pixels >= Large ? LargeClasses : SmallClasses;

    /// <summary>
    /// Builds the network, the same on all ranks. Its kernels are those predicted fastest: under <see cref="KernelScheduleMode.Automatic"/> the few
    /// steps of a large network that a measurement has time for would be those in which kernels are tried.
    /// </summary>
    public Network Build()
    {
        var network = ModelCatalogue.Create(
            Model, new FeatureShape(3, Pixels, Pixels), Classes, Batch, seed: 1, ComputeTopology.FromThreads(Threads), KernelSchedule.Reproducible);
        if (Zeros > 0) RandomMasks.Apply(network, Zeros);
        return network;
    }

    /// <summary>The median time of a step in some seconds, by this process alone.</summary>
    public RankStep Measure(TimeSpan budget)
    {
        using var network = Build();
        return new RankStep(Model, Zeros, Time(network, new Sgd(network.Parameters, threads: Threads), budget, goesOn: null), BytesOf(network));
    }

    /// <summary>The median time of a step in some seconds.</summary>
    /// <param name="network">What <see cref="Build"/> gave.</param>
    /// <param name="optimiser">Its optimiser.</param>
    /// <param name="budget">The time to measure.</param>
    /// <param name="goesOn">What ranks agree by on whether there is another step; null for a process alone.</param>
    public double Time(Network network, IOptimiser optimiser, TimeSpan budget, Func<bool, bool>? goesOn)
    {
        var batch = new RandomBatch(network.Input, Batch, Classes);
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        for (var step = 0; ; step++)
        {
            var start = Stopwatch.GetTimestamp();
            var elapsed = Stopwatch.GetElapsedTime(begin, start);
            var wanted = times.Count < Least || elapsed < 1.5 * budget;
            if (!(goesOn?.Invoke(wanted) ?? wanted)) break;
            start = Stopwatch.GetTimestamp();
            network.Step(batch.Images, batch.Labels, optimiser, Rate);
            if (step >= WarmUp && elapsed >= budget / 2) times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return Statistics.Median(times);
    }

    /// <summary>Bytes of the gradients that a network's masks leave.</summary>
    public static long BytesOf(Network network) =>
        network.Parameters.Sum(parameter => (long)(parameter.Mask?.Count ?? parameter.Length)) * sizeof(float);
}
