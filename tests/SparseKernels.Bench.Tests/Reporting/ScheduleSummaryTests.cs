using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class ScheduleSummaryTests
{
    [Fact]
    public void Write_GoodAutomaticAndBadReproducible_GivesMeansWorstAndVerdicts()
    {
        var lines = Summary(
            Row("a", new("dense", 1, 4, 4.2, 1.05, "dense", 4, 1, 1), new("input-weight", 1, 5, 5, 1, "dense", 4, 1.21, 0.8)),
            Row("b", new("input-weight", 1, 2, 2, 1, "dense", 1.9, 1.0609, 2), new("input-weight", 1, 2, 2, 1, "input-weight", 2, 1, 2)));

        Assert.Equal("automatic, 2 rows", lines[0]);
        Assert.Matches(@"^regret, geometric mean +1\.030 +target at most 1\.05: yes; Forward 1\.030$", lines[1]);
        Assert.Matches(@"^regret, worst +1\.061 +target at most 1\.25: yes; b Forward x50%: input-weight instead of dense$", lines[2]);
        Assert.Matches(
            @"^over dense, worst +1\.000x +target at least 0\.97x: yes; a Forward x50%: dense; geometric mean 1\.41x$", lines[3]);
        Assert.Matches(@"^best candidate chosen +50 ?% of rows$", lines[4]);
        Assert.Matches(@"geometric mean 1\.025, worst 1\.050 \(a Forward x50%\)$", lines[5]);
        Assert.Equal("reproducible, 2 rows", lines[6]);
        Assert.Matches(@"1\.100 +target at most 1\.05: no;", lines[7]);
        Assert.Matches(@"1\.210 +target at most 1\.25: yes;", lines[8]);
        Assert.Matches(@"0\.800x +target at least 0\.97x: no;", lines[9]);
    }

    [Fact]
    public void Write_RegretOverTheWorstAllowed_SaysSo()
    {
        var outcome = new ScheduleOutcome("dense", 1, 4, 4, 1, "input-weight", 2, 2, 1);

        Assert.Contains(": no;", Summary(Row("a", outcome, outcome with { Choice = "input-weight", Regret = 1 }))[2]);
    }

    private static ScheduleRow Row(string layer, ScheduleOutcome automatic, ScheduleOutcome reproducible) =>
        new(layer, "Forward", 16, 1, "avx2", "x50%", "Kept", 0.5, 1, 1, 4, automatic, reproducible, []);

    private static string[] Summary(params ScheduleRow[] rows)
    {
        var output = new StringWriter();
        ScheduleSummary.Write(rows, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
