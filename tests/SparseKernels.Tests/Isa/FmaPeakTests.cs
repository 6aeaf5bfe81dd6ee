using SparseKernels.Isa;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Isa;

[Collection(SoloCollection.Name)]
public sealed class FmaPeakTests
{
    [Fact]
    public void MeasureGflops_EveryAvailableInstructionSet_IsPositiveAndWiderIsNotSlower()
    {
        var rates = InstructionSet.Available.Select(FmaPeak.MeasureGflops).ToArray();
        Assert.All(rates, rate => Assert.InRange(rate, 0.001, 10_000));
        // Emulators run vectors as loops over lanes; no order can be expected there.
        if (!TestScale.IsSmall && rates.Length > 1)
            Assert.True(rates[0] > rates[^1], $"widest {rates[0]:F1}, scalar {rates[^1]:F1} GFLOP/s");
    }

    [Fact]
    public void MeasureGflops_UnavailableInstructionSet_Throws()
    {
        var missing = Enum.GetValues<InstructionSetKind>().First(kind => !InstructionSet.IsAvailable(kind));
        Assert.Throws<PlatformNotSupportedException>(() => FmaPeak.MeasureGflops(missing));
    }
}
