using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class TablesCommandTests : IDisposable
{
    private const string Machine = "some-cpu";

    private readonly string _results = Directory.CreateTempSubdirectory("tables").FullName;

    [Fact]
    public void Run_ThreeRuns_PrintsMedianAndSpreadOfEach()
    {
        for (var run = 1; run <= 3; run++)
        {
            Write(run, "layers-1", Layer("a", "Forward", 1 + run), Layer("b", "Forward", 2), Layer("a", "Forward blocked", null));
            Write(
                run, "sparse-1", Sparse("a-3x3", 0.1, 1, dense: run * 3, ms: 1, peer: 8), Sparse("b-1x1", 0.1, 1, dense: 7, ms: 1, peer: 3),
                Sparse("c-3x3", 0.1, 1, dense: 3, ms: run, peer: 2));
        }

        var (exit, output, error) = Run("--machine", Machine);

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("Speed-up over TorchSharp, plain tensors, N = 16, avx2;\nmedians of 3 runs, least–greatest in brackets.", output);
        Assert.Contains("| a | 3.00 (2.00–4.00) | – |\n| b | 2.00 | – |\n| **geometric mean** | 2.45 (2.00–2.83) | – |\n", output);
        Assert.Contains("| layer | Forward |\n| --- | --- |\n| a | 80 % |\n", output);

        // √(3·run · 3/run) is 3 in every run; √(8 · 2/run) is 4, 2.83 and 2.31.
        Assert.Contains("| pass | zeros in | 90 % |\n| --- | --- | --- |\n| Forward | x | 3.00 |\n", output);
        Assert.Contains("| Forward | x | 2.83 (2.31–4.00) |\n", output);
        Assert.Contains("| Forward | x | 7.00 |\n", output);
        Assert.Contains($"*No stored run of {Machine} has predict-1.*", output);
        Assert.All(output.Split('\n').Where(line => !line.StartsWith('|')), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void Run_TwoOperands_GivesTheGainOverTheBetterOfEachRun()
    {
        foreach (var (run, both, first) in new[] { (1, 1, 2), (2, 2, 6) })
        {
            Write(
                run, "sparse-pairs-1", Sparse("a-3x3", 0.4, 0.5, 12, both, null), Sparse("a-3x3", 0.4, 1, 12, first, null),
                Sparse("a-3x3", 1, 0.5, 12, 3, null));
        }

        Assert.Contains(
            "| Forward | 60 % of x | 50 % of w's groups | 4.00 (2.00–6.00) | 4.00 | 9.00 (6.00–12.0) | 1.75 (1.50–2.00) |\n", Run().Output);
    }

    [Fact]
    public void Run_Networks_TellsWeightsAndSchedules()
    {
        RatioRow Row(string pass, int threads, double ratio, int batch = 64) =>
            new("vgg-small", pass, batch, threads, "avx2", 10, 10 * ratio, ratio, 80, 100, 0.8);
        Write(1, "step-1", Row("step automatic", 1, 1.5), Row("step reproducible", 1, 1.6));
        Write(1, "step-masked-2", Row("step reproducible, w90%", 2, 5));
        Write(1, "predict-1", Row("predict1 automatic, w90%", 1, 4, batch: 1), Row("predict64 automatic, w90%", 1, 6));

        var output = Run().Output;

        Assert.Contains(
            "| vgg-small | unpruned | automatic | 1.50 | – |\n| vgg-small | unpruned | reproducible | 1.60 | – |\n" +
            "| vgg-small | 90 % masked | reproducible | – | 5.00 |\n", output);
        Assert.Contains(
            "| model | weights | schedule | 1 image | 64 images |\n| --- | --- | --- | --- | --- |\n" +
            "| vgg-small | 90 % masked | automatic | 4.00 | 6.00 |\n", output);
        Assert.Contains(
            "| Training step of `vgg-small`, 90 % of w masked | – | – | 5.00 |\n" +
            "| Training step of `vgg-small`, unpruned | – | 1.60 | – |\n" +
            "| Inference of `vgg-small`, 90 % of w masked, 1 image | – | 4.00 | – |\n", output);
    }

    [Fact]
    public void Run_Write_ReplacesWhatMarkersHoldAndNothingElse()
    {
        Write(1, "scaling", Layer("lenet", "step, speed-up", 1.5) with { Threads = 2 });
        var document = InResults("document.md");
        File.WriteAllText(
            document,
            $"# Title\n<!-- table scaling {Machine} -->\nold 9.99\n<!-- end -->\n\nText 7.77.\n\n" +
            $"<!-- table pairs {Machine} -->\n<!-- end -->\nlast\n");

        var (exit, output, error) = Run("--write", document);

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("written", output);
        Assert.Contains($"skipped: No stored run of {Machine} has sparse-pairs-1.", output);
        Assert.Equal(
            $"# Title\n<!-- table scaling {Machine} -->\n\n" +
            "Speed-up of our training step on 2 threads over one, N = 16, avx2;\na single run.\n\n" +
            $"| model | speed-up |\n| --- | --- |\n| lenet | 1.50 |\n\n<!-- end -->\n\nText 7.77.\n\n" +
            $"<!-- table pairs {Machine} -->\n\n*No stored run of {Machine} has sparse-pairs-1.*\n\n<!-- end -->\nlast\n",
            File.ReadAllText(document));
        Assert.Contains("is up to date", Run("--write", document).Output);
        Assert.Single(Directory.GetFiles(_results));
    }

    [Theory]
    [InlineData("<!-- table scaling -->\n<!-- end -->\n", "1 lines begin with '<!-- table '")]
    [InlineData("<!-- table scaling some-cpu -->\n", "1 lines begin with '<!-- table '")]
    [InlineData("<!-- table scaling some-cpu -->\n<!-- table layers some-cpu -->\n<!-- end -->\n", "2 lines begin with '<!-- table '")]
    [InlineData("<!-- table nonsense some-cpu -->\n<!-- end -->\n", "unknown table 'nonsense'; known: headline, sparse-over-dense")]
    public void Run_BadMarker_SaysSoAndWritesNothing(string text, string message)
    {
        var document = InResults("document.md");
        File.WriteAllText(document, text);

        var (exit, _, error) = Run("--write", document);

        Assert.Equal(1, exit);
        Assert.StartsWith($"error: {document}: ", error);
        Assert.Contains(message, error);
        Assert.Equal(text, File.ReadAllText(document));
    }

    [Theory]
    [InlineData("[{\"layer\": \"a\"}]", "not what ratios --json writes")]
    [InlineData("{", "not what ratios --json writes")]
    [InlineData("[]", "has no row")]
    [InlineData(null, "other rows than")]
    public void Run_DamagedRun_SaysWhichFile(string? content, string message)
    {
        Write(1, "layers-1", Layer("a", "Forward", 2));
        Write(2, "layers-1", Layer("b", "Forward", 2));
        var second = InResults(Machine, "run-2", "layers-1.json");
        if (content is not null) File.WriteAllText(second, content);

        var (exit, _, error) = Run();

        Assert.Equal(1, exit);
        Assert.StartsWith($"error: {second}: ", error);
        Assert.Contains(message, error);
    }

    [Fact]
    public void Run_NoSuchFolder_SaysSo()
    {
        Assert.Contains("--machine: there is no folder", Run("--machine", "none").Error);
        Assert.Contains("--results no/such/folder: there is no such folder", RunOn("no/such/folder").Error);
        Assert.Contains("--machine: with --write", Run("--machine", Machine, "--write", "x.md").Error);
    }

    public void Dispose() => Directory.Delete(_results, recursive: true);

    private static RatioRow Layer(string layer, string pass, double? ratio) =>
        new(layer, pass, 16, 1, "avx2", 2, 2 * ratio, ratio, 80, 100, 0.8);

    private static SparseRow Sparse(string layer, double fine, double coarse, double dense, double ms, double? peer) =>
        new(layer, "Forward", 16, 1, "avx2", ms, peer, peer / ms, 100, 100, 0.5, "InputWeight", fine, coarse, dense, 50, 1);

    private static (int Exit, string Output, string Error) RunOn(string results, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exit = BenchProgram.Run(["ratios", "tables", "--results", results, .. arguments], output, error);
        return (exit, output.ToString(), error.ToString());
    }

    private (int Exit, string Output, string Error) Run(params string[] arguments) => RunOn(_results, arguments);

    private string InResults(params string[] parts) => Path.Combine([_results, .. parts]);

    private void Write<TRow>(int run, string name, params TRow[] rows)
    {
        Directory.CreateDirectory(InResults(Machine, $"run-{run}"));
        RatioJson.Write(InResults(Machine, $"run-{run}", $"{name}.json"), rows);
    }
}
