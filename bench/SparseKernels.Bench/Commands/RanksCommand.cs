using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Ranks;
using SparseKernels.Isa;
using SparseKernels.Threading;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios ranks</c>: the efficiency to expect of 2 to 1,024 ranks over networks of several speeds, from steps measured here.</summary>
internal static class RanksCommand
{
    /// <summary>Classes of the data sets that images of 224 pixels come from.</summary>
    private const int LargeClasses = 1000, SmallClasses = 10;

    private const int Large = 224, Small = 32;

    private static readonly int[] s_ranks = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    private static readonly double[] s_zeros = [0, 0.8, 0.95];

    /// <summary>1 and 10 Gbit/s as of Ethernet through the kernel, 25 and 100 as of cards that bypass it.</summary>
    private static readonly RankLink[] s_links = [new(1, 50e-6), new(10, 30e-6), new(25, 5e-6), new(100, 2e-6)];

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var models = new Option<string>("--models")
        {
            Description = "Models, several apart by commas.",
            HelpName = "names",
            DefaultValueFactory = _ => "vgg-small,resnet18,resnet50",
        };
        var plots = new Option<string?>("--plots") { Description = "A folder for a plot of each model.", HelpName = "folder" };
        var command = new Command("ranks", "Efficiency of 2 to 1,024 ranks, predicted from steps measured here, bytes, and networks.") { models, plots };
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(5));
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            Write(
                result.GetValue(models)!.Split(','), settings.Batch, settings.Threads, settings.Budget, result.GetValue(plots),
                result.InvocationConfiguration.Output);
        });
        return command;
    }

    private static void Write(string[] models, int batch, int threads, TimeSpan budget, string? plots, TextWriter output)
    {
        output.WriteLine($"{InstructionSet.NameOf(InstructionSet.Current)}, {threads} threads and {batch} images a rank; efficiency in %: nothing hidden / behind backward passes");
        output.WriteLine($"| model | zeros | step ms | MB a step | Gbit/s | sum | {string.Join(" | ", s_ranks)} |");
        output.WriteLine($"|---|---:|---:|---:|---:|---|{string.Concat(s_ranks.Select(_ => "---:|"))}");
        foreach (var model in models)
        {
            RankStep[] steps = [.. s_zeros.Select(zeros => Measure(model, zeros, batch, threads, budget))];
            foreach (var step in steps)
            {
                foreach (var link in s_links)
                {
                    WriteRow(output, step, link, "ring", step.Ring);
                    WriteRow(output, step, link, "tree", step.Tree);
                }
            }

            if (plots is null) continue;
            Directory.CreateDirectory(plots);
            RankPlot.Save(steps, s_ranks, s_links[1], Path.Combine(plots, $"ranks-{model}.png"));
        }
    }

    private static void WriteRow(TextWriter output, RankStep step, RankLink link, string name, Func<int, RankLink, double> sum)
    {
        var cells = s_ranks.Select(ranks => string.Create(
            CultureInfo.InvariantCulture, $"{100 * step.Efficiency(sum(ranks, link), hides: false):F0} / {100 * step.Efficiency(sum(ranks, link), hides: true):F0}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {step.Model} | {100 * step.Zeros:F0} % | {1e3 * step.Seconds:F1} | {step.Bytes / 1e6:F2} | {link.GigabitsPerSecond} | {name} | {string.Join(" | ", cells)} |"));
    }

    /// <summary>The median step of some seconds, and the bytes of all gradients that it leaves.</summary>
    private static RankStep Measure(string model, double zeros, int batch, int threads, TimeSpan budget)
    {
        var (pixels, classes) = model.StartsWith("resnet", StringComparison.Ordinal) && model != "resnet20" ? (Large, LargeClasses) : (Small, SmallClasses);
        using var network = ModelCatalogue.Create(
            model, new FeatureShape(3, pixels, pixels), classes, batch, seed: 1, ComputeTopology.FromThreads(threads), KernelSchedule.Automatic);
        if (zeros > 0) RandomMasks.Apply(network, zeros);
        var sgd = new Sgd(network.Parameters, threads: threads);
        var random = new Random(1);
        float[] images = [.. Enumerable.Range(0, batch * 3 * pixels * pixels).Select(_ => random.NextSingle() - 0.5f)];
        int[] labels = [.. Enumerable.Range(0, batch).Select(i => i % classes)];
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        for (var step = 0; step < 5 || Stopwatch.GetElapsedTime(begin) < budget; step++)
        {
            var start = Stopwatch.GetTimestamp();
            network.Step(images, labels, sgd, 1e-4f);
            if (step >= 2) times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return new RankStep(model, zeros, times.Order().ElementAt(times.Count / 2), BytesOf(network));
    }

    private static long BytesOf(Network network) =>
        network.Parameters.Sum(parameter => (long)(parameter.Mask?.Count ?? parameter.Length)) * sizeof(float);
}
