using System.CommandLine;
using System.Globalization;
using SparseKernels.Bench.Ranks;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios ranks</c>: the efficiency to expect of 2 to 1,024 ranks over networks of several speeds, from steps measured here.</summary>
internal static class RanksCommand
{
    private static readonly int[] s_ranks = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

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
        var zeros = new Option<string>("--zeros")
        {
            Description = "Shares of weights that are zero, in percent, several apart by commas.",
            HelpName = "shares",
            DefaultValueFactory = _ => "0,80,95",
        };
        var size = RankCommand.SizeOption();
        var check = new Option<string?>("--check")
        {
            Description = "Instead compares the prediction with what so many ranks of this machine take, several numbers apart by commas.",
            HelpName = "ranks",
        };
        var launcher = new Option<string>("--launcher")
        {
            Description = "With --check: what starts ranks, with its options.",
            HelpName = "command",
            DefaultValueFactory = _ => RankLauncher.Default,
        };
        var command = new Command("ranks", "Efficiency of 2 to 1,024 ranks, predicted from steps measured here, bytes, and networks.") { models, plots, zeros, size, check, launcher };
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(5));
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            var output = result.InvocationConfiguration.Output;
            RankTask[] tasks =
            [
                .. from model in StepOptions.ParseModels(result.GetValue(models))
                   from share in Numbers(result.GetValue(zeros)!, "--zeros", 0, 99)
                   select new RankTask(model, share / 100.0, result.GetValue(size), settings.Batch, settings.Threads),
            ];
            if (result.GetValue(check) is { } counts)
            {
                output.WriteLine($"{InstructionSet.NameOf(InstructionSet.Current)}, {Environment.ProcessorCount} processors, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")} a rank");
                new RankCheck(new RankLauncher(result.GetValue(launcher)!), Numbers(counts, "--check", 2, 1024), settings.Budget, output).Run(tasks);
                return;
            }

            Write(tasks, settings.Budget, result.GetValue(plots), output);
        });
        return command;
    }

    private static int[] Numbers(string list, string option, int least, int most)
    {
        var words = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] numbers = [.. words.Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];
        return numbers.Length > 0 && numbers.All(number => number >= least && number <= most)
            ? numbers
            : throw new ArgumentException($"{option}: expected whole numbers from {least} to {most} apart by commas, got '{list}'.");
    }

    private static void Write(RankTask[] tasks, TimeSpan budget, string? plots, TextWriter output)
    {
        output.WriteLine($"{InstructionSet.NameOf(InstructionSet.Current)}, {tasks[0].Threads} threads and {tasks[0].Batch} images a rank; efficiency in %: nothing hidden / behind backward passes");
        output.WriteLine($"| model | zeros | step ms | MB a step | Gbit/s | sum | {string.Join(" | ", s_ranks)} |");
        output.WriteLine($"|---|---:|---:|---:|---:|---|{string.Concat(s_ranks.Select(_ => "---:|"))}");
        foreach (var model in tasks.GroupBy(task => task.Model))
        {
            RankStep[] steps = [.. model.Select(task => task.Measure(budget))];
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
            RankPlot.Save(steps, s_ranks, s_links[1], Path.Combine(plots, $"ranks-{model.Key}.png"), output);
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
}
