using SparseKernels.Bench.Measuring;
using Xunit;

namespace SparseKernels.Bench.Tests.Measuring;

public sealed class AgreementTests
{
    [Fact]
    public void Check_RoundingApart_Passes() => Agreement.Check("layer", [1, -2, 3.000001f], [1, -2, 3], terms: 9);

    [Theory]
    [InlineData(3.01f)]
    [InlineData(-3f)]
    [InlineData(float.NaN)]
    public void Check_OtherValue_Throws(float wrong)
    {
        var thrown = Assert.Throws<InvalidDataException>(() => Agreement.Check("layer Forward", [1, -2, wrong], [1, -2, 3], terms: 4096));

        Assert.StartsWith("layer Forward: value 2 is", thrown.Message);
    }

    [Fact]
    public void Check_OtherLength_Throws() => Assert.Throws<InvalidDataException>(() => Agreement.Check("layer", [1], [1, 2], terms: 1));
}
