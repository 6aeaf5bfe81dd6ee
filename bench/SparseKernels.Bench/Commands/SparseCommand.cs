using System.CommandLine;
using System.Globalization;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios sparse</c>: layers, passes, pairs of operands and densities, ours sparse against ours dense and libtorch.</summary>
internal static class SparseCommand
{
    private const int PublishedLayers = 5;

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var layers = new Option<string?>("--layers") { Description = "A shapes file, or part of a layer's name (several apart by commas); the five of the published comparisons by default." };
        var passes = new Option<string?>("--passes") { Description = "Forward, BackwardData, BackwardWeights (several apart by commas); all by default." };
        var cells = new Option<string?>("--cells") { Description = "Pairs of operands, the fine one first, as InputWeight (several apart by commas), or all; those of targets.txt by default." };
        var fine = Densities(
            "--fine", "Densities of the fine operand, over 0 to 1 (several apart by commas); those of targets.txt by default.");
        var coarse = Densities("--coarse", "Densities of the coarse operand, over 0 to 1 (several apart by commas); 1 by default.");
        var pairs = new Option<bool>("--pairs") { Description = "The cases of two sparse operands in targets.txt, and each operand alone." };
        var captured = new Option<string?>("--captured")
        {
            Description = "Zeros that train --capture saw, instead of random ones: the folder; --layers picks by name, --fine and --coarse are of weights.",
            HelpName = "folder",
        };
        var group = new Option<int>("--group")
        {
            Description = "Channels of a coarse group of weights, along the lanes of the pass; 64 by default.",
            HelpName = "count",
            DefaultValueFactory = _ => 64,
            CustomParser = result => (int)RunOptions.Number(result, 1, 65536, whole: true),
        };
        var rows = new Option<bool>("--group-rows") { Description = "Coarse groups of weights are filter rows instead of whole filters." };
        var layout = LayoutOption("by default the layout whose kernels skip the fine operand");
        var peers = new Option<string?>("--peers") { Description = "Write Forward's rows with zeros in the weights beside what others reach (peers.txt), in Markdown.", HelpName = "file" };
        var noPeer = new Option<bool>("--no-peer") { Description = "Leave libtorch out." };
        var command = new Command("sparse", "Sparse kernels against our dense ones and libtorch's, by cell and density.") { layers, passes, cells, fine, coarse, pairs, captured, group, rows, layout, peers, noPeer };
        command.SetAction(result =>
        {
            if (result.GetValue(captured) is { } folder)
            {
                RunCaptured(folder);
                return;
            }

            var targets = SparseTargets.Read(SparseTargets.DefaultPath);
            var wanted = ParseCells(result.GetValue(cells));
            var chosenPasses = RatiosCommand.ParsePasses(result.GetValue(passes));
            var cases = SparseCases.Keep(
                Choose(targets, wanted, Given(result, fine), Given(result, coarse), result.GetValue(pairs)), chosenPasses, wanted);
            if (cases.Count == 0)
                throw new ArgumentException(
                    "--passes and --cells leave no case; name densities with --fine to measure cells without targets.");
            var chosenLayers = result.GetValue(layers) is { } choice
                ? LayerChoice.Find(choice)
                : [.. LayerChoice.Find(null).Take(PublishedLayers)];
            new SparseComparison(Settings()).Run(chosenLayers, cases, targets, result.InvocationConfiguration.Output);

            void RunCaptured(string folder)
            {
                if (result.GetValue(pairs)) throw new ArgumentException("--captured has pairs of its own; expected no --pairs with it.");
                var cases = SparseCases.Keep(
                    SparseCases.Captured(ParseCells(result.GetValue(cells)), Given(result, fine) ?? [1], Given(result, coarse) ?? [1]), RatiosCommand.ParsePasses(result.GetValue(passes)), pairs: null);
                if (cases.Count == 0)
                    throw new ArgumentException("--passes and --cells leave no case: the output's mask in Forward was not captured.");
                var settings = Settings();
                new SparseComparison(settings).Run(CapturedLayer.ReadAll(folder, settings.Run.Batch, result.GetValue(layers)), cases, result.InvocationConfiguration.Output);
            }

            SparseSettings Settings() => new(
                run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(1)), new WeightGroup(result.GetValue(group), !result.GetValue(rows)), !result.GetValue(noPeer), LayoutOf(result.GetValue(layout)), result.GetValue(peers));
        });
        return command;
    }

    /// <summary><c>--layout</c>.</summary>
    /// <param name="otherwise">What holds without it.</param>
    internal static Option<string?> LayoutOption(string otherwise)
    {
        var layout = new Option<string?>("--layout") { Description = $"How our tensors lie: channels (in blocks of 16), batches (of 16 images) or planar (lanes are pixels); {otherwise}." };
        layout.AcceptOnlyFromAmong("channels", "batches", "planar");
        return layout;
    }

    /// <summary>What <c>--layout</c> calls it.</summary>
    internal static string NameOf(BlockedLayout layout) => layout switch
    {
        BlockedLayout.BatchBlocked => "batches",
        BlockedLayout.Planar => "planar",
        _ => "channels",
    };

    /// <summary>What <c>--layout</c> names.</summary>
    internal static BlockedLayout? LayoutOf(string? name) => name switch
    {
        null => null,
        "batches" => BlockedLayout.BatchBlocked,
        "planar" => BlockedLayout.Planar,
        _ => BlockedLayout.ChannelBlocked,
    };

    private static IReadOnlyList<SparseCase> Choose(
        SparseTargets targets, IReadOnlyList<OperandPair>? cells, double[]? fine, double[]? coarse, bool pairs)
    {
        if (pairs && (fine is not null || coarse is not null))
            throw new ArgumentException("--pairs has densities of its own; expected no --fine or --coarse with it.");
        if (pairs) return SparseCases.Pairs(targets);
        var single = SparseCases.Single(targets);
        if (fine is null && coarse is null) return single;
        var known = cells is null
            ? single.Select(one => one.Cell).Distinct()
            : Enum.GetValues<ConvolutionPass>().SelectMany(SparseCell.Of);
        return fine is null
            ? [.. known.SelectMany(cell => SparseCases.Combine([cell], FineOf(single, cell), coarse!))]
            : SparseCases.Combine(known, fine, coarse ?? [1]);
    }

    private static double[] FineOf(IReadOnlyList<SparseCase> single, SparseCell cell)
    {
        double[] found = [.. single.Where(one => one.Cell == cell).Select(one => one.FineDensity)];
        return found.Length > 0 ? found : [1];
    }

    /// <summary>Null for those of the targets.</summary>
    private static IReadOnlyList<OperandPair>? ParseCells(string? names)
    {
        if (names is null) return null;
        if (names == "all") return [.. SparseCell.Of(ConvolutionPass.Forward).Select(cell => cell.Pair)];
        var wanted = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return wanted.Length > 0
            ? [.. wanted.Select(name => SparseCell.ParsePair(name, $"--cells {names}"))]
            : throw new ArgumentException($"--cells {names}: expected at least one name.");
    }

    /// <summary>Null where the option isn't there, whose value the parser would give as an empty array.</summary>
    private static double[]? Given(ParseResult result, Option<double[]?> option) =>
        result.GetResult(option) is null ? null : result.GetValue(option);

    private static Option<double[]?> Densities(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "shares",
        CustomParser = result =>
        {
            var words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            var found = new double[words.Length];
            for (var i = 0; i < words.Length; i++)
            {
                if (double.TryParse(words[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out found[i]) && found[i] is > 0 and <= 1) continue;
                result.AddError($"{name}: expected numbers over 0 up to 1, got '{words[i]}'.");
                return null;
            }

            return found;
        },
    };
}
