using SparseKernels.Schemas;
using Xunit;

namespace SparseKernels.Tests.Schemas;

public sealed class FieldsTests
{
    [Fact]
    public void RefuseOthers_EveryKeyRead_AcceptsOthersAreNamed()
    {
        var fields = new Fields(new Dictionary<string, string> { ["a"] = "1", ["b"] = "text", ["c.x"] = "2", ["c.y"] = "3" });
        Assert.Equal((1, "text"), (fields.Number("a", NumberRules.Count), fields.Text("b")));
        Assert.Contains("'c.x'", Assert.Throws<InvalidDataException>(fields.RefuseOthers).Message);
        Assert.True(fields.HasUnder("c."));
        Assert.Equal(new Dictionary<string, string> { ["x"] = "2", ["y"] = "3" }, fields.Under("c."));
        fields.RefuseOthers();
    }

    [Fact]
    public void Read_MissingKey_NamesItOrIsNull()
    {
        var fields = new Fields(new Dictionary<string, string>());
        Assert.Null(fields.TextOrNone("a"));
        Assert.Null(fields.NumberOrNone("a", NumberRules.Share));
        Assert.Equal("expected a text for a, got none.", Assert.Throws<InvalidDataException>(() => fields.Text("a")).Message);
        Assert.Equal(
            "expected a whole number from 0 to 1 for a, got none.",
            Assert.Throws<InvalidDataException>(() => fields.Number("a", NumberRules.Flag)).Message);
    }
}
