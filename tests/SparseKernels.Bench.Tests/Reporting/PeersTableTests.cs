using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public static class PeersTableTests
{
    private const string Text = """
        source Other 2017, a program; a machine
        source Third a library   # and a comment
        Other  a-layer  90  2.5
        Third  a-layer  98  7
        """;

    [Fact]
    public static void Of_RowsAndFigures_StandSideBySide()
    {
        SparseRow[] rows = [Row("a-layer", 0.1, 3.25), Row("a-layer", 0.02, 12), Row("a-layer", 1, 0.9), Row("another", 0.1, 4), Row("a-layer", 0.1, 9) with { Pass = "BackwardData" }];
        var lines = PeersTable.Of(rows, Parse(Text), "this machine").Split('\n');
        Assert.Contains("this machine, avx2, N = 16, 1 thread", lines[0]);
        Assert.Equal(
        [
            "| layer | zeros % | tensors | ours | Other | Third |",
            "| --- | --- | --- | --- | --- | --- |",
            "| a-layer | 90 | batches | 3.25 | 2.5 | – |",
            "| a-layer | 98 | batches | 12.0 | – | 7.0 |",
            "| another | 90 | batches | 4.0 | – | – |",
        ], lines[2..7]);
        Assert.Contains("- Other: 2017, a program; a machine.", lines);
    }

    [Theory]
    [InlineData("Other a 90 1", "a source of 'Other'")]
    [InlineData("source Other x\nOther a 90", "4 columns, got 3")]
    [InlineData("source Other x\nOther a 100 1", "0 to 99")]
    [InlineData("source Other x\nOther a 90 0", "over 0")]
    [InlineData("source Other x\nOther a 90 1\nOther a 90 2", "twice")]
    [InlineData("source Other x\nsource Other y", "new peer")]
    public static void Parse_WrongLine_SaysWhichAndWhy(string text, string expected)
    {
        var message = Assert.Throws<InvalidDataException>(() => Parse(text)).Message;
        Assert.Contains(expected, message);
        Assert.StartsWith($"peers({text.Split('\n').Length})", message);
    }

    [Fact]
    public static void Read_OwnFile_HasFiguresOfEverySource()
    {
        var peers = PeerFigures.Read();
        Assert.All(peers.Sources.Keys, name => Assert.Contains(peers.All, figure => figure.Peer == name));
        Assert.Equal(14.6, peers.All.Single(figure => figure is { Peer: "SkimCaffe", Layer: "512-512-7-3x3", Zeros: 98 }).MultipleOfPeak);
    }

    private static PeerFigures Parse(string text) => PeerFigures.Parse(new StringReader(text), "peers");

    private static SparseRow Row(string layer, double density, double multiple) => new(
        layer, "Forward", 16, 1, "avx2", 1, null, null, 1, 1, 1, "WeightInput", density, 1, 1, 1, multiple, "batches");
}
