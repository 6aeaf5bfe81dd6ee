using System.Text.Json;
using SparseKernels.Bench.Commands;
using SparseKernels.Tensors;
using SparseKernels.Training.Capture;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class ScheduleCommandTests : IDisposable
{
    private static readonly string[] s_keys =
    [
        "layer", "pass", "batch", "threads", "isa", "pattern", "weights", "input_density", "weight_density", "output_density", "dense_ms",
        "automatic", "reproducible", "candidates",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("schedule").FullName;

    [Theory]
    [InlineData("schedule --weights thrown", "--weights: expected one of kept, values, new, got 'thrown'")]
    [InlineData("schedule --patterns x51%", "--patterns x51%: no pattern's name contains it")]
    [InlineData("schedule --passes Sideways", "--passes Sideways: unknown pass 'Sideways'")]
    [InlineData("schedule --layers none", "--layers none: no such file")]
    [InlineData("schedule --captured no/such/folder", "--captured no/such/folder: there is no such folder")]
    [InlineData("schedule --captured . --patterns x50%", "--captured has zeros of its own")]
    [InlineData("choice --layers none", "--layers none: no such file")]
    [InlineData("choice --passes Sideways", "--passes Sideways: unknown pass 'Sideways'")]
    public void Run_BadOption_GivesOneLineAndFails(string options, string message)
    {
        var (exit, output, error) = Run(["ratios", .. options.Split(' ')]);

        Assert.Equal(1, exit);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(message, error);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("kept", "no zeros,y50%+x,dx70%+dy,dw95%+x70%", 6)]
    [InlineData("values", "x50%+w80%", 2)]
    [InlineData("new", "dx90%", 1)]
    public void Run_ScheduleOfATinyLayer_MeasuresEveryCandidateOfEveryPattern(string weights, string patterns, int expected)
    {
        var rows = Rows(
            "schedule", "--layers", Shapes(), "--batch", "2", "--seconds", "0.001", "--weights", weights, "--patterns", patterns);

        Assert.Equal(expected, rows.Length);
        foreach (var row in rows)
        {
            Assert.Equal(s_keys, row.EnumerateObject().Select(property => property.Name));
            Assert.Equal(weights, row.GetProperty("weights").GetString(), ignoreCase: true);
            var times = row.GetProperty("candidates").EnumerateArray().ToDictionary(
                one => one.GetProperty("name").GetString()!, one => one.GetProperty("ms").GetDouble());

            // Without a mask of the result only the two pairs of what is read are candidates, both ways round.
            Assert.Equal(row.GetProperty("pattern").GetString() is "no zeros" or "x50%+w80%" or "x50%-channels+w80%" ? 3 : 7, times.Count);
            Assert.Equal(row.GetProperty("dense_ms").GetDouble(), times["dense"]);
            foreach (var schedule in new[] { "automatic", "reproducible" })
            {
                var outcome = row.GetProperty(schedule);
                Assert.Equal(times[outcome.GetProperty("choice").GetString()!], outcome.GetProperty("ms").GetDouble());
                Assert.Equal(times[outcome.GetProperty("best").GetString()!], outcome.GetProperty("best_ms").GetDouble());
                Assert.True(outcome.GetProperty("regret").GetDouble() >= 1);
                Assert.Equal(
                    outcome.GetProperty("choice").GetString() == outcome.GetProperty("best").GetString(),
                    outcome.GetProperty("regret").GetDouble() == 1);
                Assert.InRange(outcome.GetProperty("steadiness").GetDouble(), 0.1, 1);
                Assert.True(outcome.GetProperty("call_ms").GetDouble() > 0);
            }

            Assert.Equal(1, row.GetProperty("reproducible").GetProperty("steadiness").GetDouble());
            Assert.True(row.GetProperty("candidates")[0].GetProperty("predicted_ms").GetDouble() > 0);
        }
    }

    [Fact]
    public void Run_Captured_MeasuresItsZerosWithDenseAndMaskedWeights()
    {
        var shape = new ConvolutionShape(2, 20, 5, 4, 24, 3, 3, padding: 1);
        using var x = new BlockedTensor(shape.N, shape.C, shape.H, shape.W);
        using var dy = new BlockedTensor(shape.N, shape.K, shape.P, shape.Q);
        x.CopyFromNchw([.. Enumerable.Range(0, shape.InputLength).Select(i => i % 4 == 0 ? 1f : 0)]);
        dy.CopyFromNchw([.. Enumerable.Repeat(1f, shape.OutputLength)]);
        PatternFile.Write(Path.Combine(_folder, "a.patterns"), ConvolutionPatterns.Of("a", 1, 0, shape, x, dy));

        var rows = Rows("schedule", "--captured", _folder, "--seconds", "0.001");

        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.Equal(0.25, row.GetProperty("input_density").GetDouble(), 9));
        Assert.Equal(["captured", "captured+w90%"], Patterns(rows, "BackwardData"));
        Assert.Equal(["captured", "captured+dw90%"], Patterns(rows, "BackwardWeights"));
        Assert.All(rows, row => Assert.Equal(row.GetProperty("pattern").GetString() == "captured" ? 1 : 0.1, row.GetProperty("weight_density").GetDouble(), 0.02));
    }

    [Fact]
    public void Run_ChoiceOfATinyLayer_CostsEveryPassAndSumsThePartsUp()
    {
        var rows = Rows("choice", "--layers", Shapes(), "--batch", "2");

        Assert.Equal(["Forward", "BackwardData", "BackwardWeights"], rows.Select(row => row.GetProperty("pass").GetString()));
        foreach (var row in rows)
        {
            double Us(string part) => row.GetProperty($"{part}_us").GetDouble();
            Assert.True(Us("choose") > 0 && Us("data") > 0 && Us("cold") > Us("call"));
            Assert.Equal(row.GetProperty("pass").GetString() != "Forward", Us("mask") > 0);
            Assert.Equal(row.GetProperty("pass").GetString() != "BackwardWeights", Us("weights") > 0);
            Assert.Equal(Us("choose") + Us("data") + Us("mask"), Us("call"), 9);
        }

        // The target of no allocations, where nothing but the core's own hot path is called.
        Assert.All(
            rows.Where(row => row.GetProperty("pass").GetString() != "BackwardWeights"),
            row => Assert.Equal(0, row.GetProperty("bytes").GetDouble()));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (int Exit, string Output, string Error) Run(string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (BenchProgram.Run(arguments, output, error), output.ToString(), error.ToString());
    }

    private static IEnumerable<string?> Patterns(JsonElement[] rows, string pass) =>
        rows.Where(row => row.GetProperty("pass").GetString() == pass).Select(row => row.GetProperty("pattern").GetString());

    private JsonElement[] Rows(string command, params string[] options)
    {
        var json = Path.Combine(_folder, "rows.json");
        var (exit, output, error) = Run(["ratios", command, .. options, "--json", json]);
        Assert.True(exit == 0, error);
        using var parsed = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement[] rows = [.. parsed.RootElement.EnumerateArray().Select(row => row.Clone())];
        Assert.Equal(
            rows.Length,
            output.Split('\n').Count(line => line.StartsWith($"{rows[0].GetProperty("layer").GetString()} ", StringComparison.Ordinal)));
        return rows;
    }

    private string Shapes()
    {
        var path = Path.Combine(_folder, "tiny.txt");
        File.WriteAllText(path, "tiny 20 5 6 24 3 3 padding=1\n");
        return path;
    }
}
