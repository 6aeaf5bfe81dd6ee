using System.Globalization;

namespace PictureServer.Load;

/// <summary>
/// <c>load --url URL --picture FILE</c> measures a server that runs; <c>load</c> alone starts two, on SparseKernels and on ONNX Runtime, with the
/// same pruned resnet18, and measures them in turns.
/// </summary>
internal static class LoadCommand
{
    private const string Head = "| engine | requests/s | p50 ms | p99 ms | failed | memory at start, MB | at end |\n|---|---|---|---|---|---|---|";

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Dictionary<string, string> { ["--clients"] = "8", ["--seconds"] = "15", ["--rounds"] = "2", ["--zeros"] = "0.9", ["--size"] = "224" };
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !(options.ContainsKey(args[i]) || args[i] is "--url" or "--picture"))
            {
                Console.Error.WriteLine($"error: load knows {string.Join(", ", options.Keys)}, --url and --picture, each with a value, got '{args[i]}'.");
                return 2;
            }

            options[args[i]] = args[i + 1];
        }

        var picture = options.TryGetValue("--picture", out var file) ? await File.ReadAllBytesAsync(file) : Photograph.Make();
        var run = new LoadRun(picture, (int)Number("--clients"), TimeSpan.FromSeconds(Number("--seconds")));
        Console.WriteLine($"{run.Clients} clients, a picture of {picture.Length} bytes, {run.Time.TotalSeconds} s each time");
        Console.WriteLine(Head);
        if (options.TryGetValue("--url", out var url))
        {
            Console.WriteLine(await run.MeasureAsync("running server", new Uri(url)));
            return 0;
        }

        await CompareAsync(run, (int)Number("--rounds"), Number("--zeros"), options["--size"]);
        return 0;

        double Number(string name) => double.Parse(options[name], CultureInfo.InvariantCulture);
    }

    private static async Task CompareAsync(LoadRun run, int rounds, double zeros, string size)
    {
        var model = Path.Combine(Path.GetTempPath(), $"resnet18-{Guid.NewGuid():N}.onnx");
        try
        {
            MaskedModel.Write(model, int.Parse(size, CultureInfo.InvariantCulture), zeros);
            using var ours = await ServerProcess.StartAsync("--model", model);
            using var theirs = await ServerProcess.StartAsync("--model", model, "--onnxruntime");
            var ratios = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var (sparse, dense) = (await run.MeasureAsync("SparseKernels", ours.Url), await run.MeasureAsync("ONNX Runtime", theirs.Url));
                Console.WriteLine($"{sparse}\n{dense}");
                ratios.Add(sparse.PerSecond / dense.PerSecond);
            }

            var texts = ratios.Select(ratio => ratio.ToString("F2", CultureInfo.InvariantCulture));
            Console.WriteLine($"requests/s, SparseKernels over ONNX Runtime: {string.Join(", ", texts)}");
        }
        finally
        {
            File.Delete(model);
        }
    }
}
