using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class SpeedUpCurvesTests
{
    [Fact]
    public void Of_TwoLayersAndCells_GivesMeansInOrderOfZeros()
    {
        var forward = Assert.Single(SpeedUpCurves.Of(
        [
            Row("a", "InputWeight", 0.1, 1, ms: 1, dense: 4, peer: 2), Row("b", "InputWeight", 0.1, 1, ms: 1, dense: 9, peer: 9),
            Row("a", "InputWeight", 1, 1, ms: 4, dense: 4, peer: 2), Row("b", "InputWeight", 1, 1, ms: 9, dense: 9, peer: 9),
            Row("a", "WeightInput", 0.5, 1, ms: 2, dense: 4, peer: 2), Row("b", "WeightInput", 0.5, 1, ms: 2, dense: 4, peer: 4),
            Row("a", "WeightInput", 0.2, 1, ms: 1, dense: 4, peer: null),
            Row("a", "InputWeight", 0.5, 0.5, ms: 1, dense: 100, peer: null),
        ]));

        Assert.Equal(("Forward", 2), (forward.Pass, forward.Layers));
        Assert.Equal(["InputWeight", "WeightInput"], forward.Cells.Select(cell => cell.Cell));
        Assert.Equal([0, 0.9], forward.Cells[0].Sparsity);
        Assert.Equal([1, 6], forward.Cells[0].SpeedUp.Select(value => Math.Round(value, 9)));
        Assert.Equal([0.5], forward.Cells[1].Sparsity);
        Assert.Equal(Math.Sqrt(2), forward.Peer!.Value, 9);
    }

    [Fact]
    public void Of_NoPeer_HasNoLineForIt() =>
        Assert.Null(Assert.Single(SpeedUpCurves.Of([Row("a", "InputWeight", 0.1, 1, 1, 4, null)])).Peer);

    internal static SparseRow Row(string layer, string cell, double fine, double coarse, double ms, double dense, double? peer) =>
        new(layer, "Forward", 16, 1, "avx2", ms, peer, peer / ms, 100, 100, 0.5, cell, fine, coarse, dense, 50, 1);
}
