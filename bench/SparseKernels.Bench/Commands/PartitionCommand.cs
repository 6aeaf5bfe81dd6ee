using System.CommandLine;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Sparsity;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios partition</c>: the imbalance to expect on 2 to 128 cores, simulated with captured zeros.</summary>
internal static class PartitionCommand
{
    /// <summary>Cores that share a last-level cache.</summary>
    private const int MostCoresOfCluster = 8;

    private static readonly int[] s_cores = [2, 4, 8, 16, 32, 64, 128];

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var captured = new Option<string?>("--captured") { Description = "The folder that train --capture filled.", HelpName = "folder" };
        var layers = new Option<string?>("--layers") { Description = "Part of a layer's name (several apart by commas); all by default." };
        var command = new Command("partition", "Imbalance of threads that captured zeros lead to, simulated for 2 to 128 cores.") { captured, layers };
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 64, TimeSpan.FromSeconds(1));
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            var folder = result.GetValue(captured) ?? throw new ArgumentException(
                "--captured: expected a folder of captured zeros, got none.");
            Write(CapturedLayer.ReadAll(folder, settings.Batch, result.GetValue(layers)), settings.Isa, result.InvocationConfiguration.Output);
        });
        return command;
    }

    private static void Write(IReadOnlyList<CapturedLayer> layers, InstructionSetKind isa, TextWriter output)
    {
        output.WriteLine(
            $"time of the last core over the mean of all, {InstructionSet.NameOf(isa)}; clusters of up to {MostCoresOfCluster} cores");
        output.WriteLine(
            "alone: each core a run of items; clusters: their cores take items one by one; helping: other clusters' items too");
        output.WriteLine($"{"layer",-28} {"pass",-16} {"cores",5} {"items",6} {"alone, by count",16} {"by work",8} {"clusters, by count",19} {"by work",8} {"helping, by count",18} {"by work",8}");
        var all = new List<(int Cores, double[] Imbalances)>();
        foreach (var layer in layers)
        {
            foreach (var pass in Enum.GetValues<ConvolutionPass>())
            {
                foreach (var cores in s_cores)
                {
                    var work = ItemWork.Of(layer, pass, isa, cores);
                    var row = Simulate(work, cores);
                    all.Add((cores, row));
                    WriteRow(output, layer.Name, pass.ToString(), cores, $"{work.Length}", row);
                }
            }
        }

        foreach (var group in all.GroupBy(one => one.Cores))
        {
            WriteRow(
                output, "all", "mean", group.Key, "", [.. Enumerable.Range(0, 6).Select(i => group.Average(one => one.Imbalances[i]))]);
            WriteRow(output, "all", "worst", group.Key, "", [.. Enumerable.Range(0, 6).Select(i => group.Max(one => one.Imbalances[i]))]);
        }
    }

    private static double[] Simulate(long[] work, int cores)
    {
        var perCluster = Math.Min(cores, MostCoresOfCluster);
        return
        [
            PartitionSimulation.Alone(work, cores, byWork: false), PartitionSimulation.Alone(work, cores, byWork: true),
            .. from helps in (bool[])[false, true]
               from byWork in (bool[])[false, true]
               select PartitionSimulation.Clusters(work, cores / perCluster, perCluster, byWork, helps),
        ];
    }

    private static void WriteRow(TextWriter output, string layer, string pass, int cores, string items, double[] row) =>
        output.WriteLine($"{layer,-28} {pass,-16} {cores,5} {items,6} {row[0],16:F2} {row[1],8:F2} {row[2],19:F2} {row[3],8:F2} {row[4],18:F2} {row[5],8:F2}");
}
