using System.Runtime.Intrinsics.X86;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

public sealed class CpuidCachesTests
{
    [Theory]
    [InlineData(1, 0x21, 0x02C0003F, 63, 48 * 1024)]
    [InlineData(1, 0x21, 0x01C0003F, 63, 32 * 1024)]
    [InlineData(2, 0x43, 0x01C0003F, 1023, 512 * 1024)]
    [InlineData(2, 0x43, 0x03C0003F, 2047, 2048 * 1024)]
    public void Listed_DataOfThatLevel_IsLineTimesPartitionsTimesWaysTimesSets(int level, int eax, int ebx, int ecx, int expected) =>
        Assert.Equal(expected, CpuidCaches.Listed(level, eax, ebx, ecx));

    [Theory]
    [InlineData(1, 0x22)]
    [InlineData(2, 0x21)]
    [InlineData(1, 0)]
    public void Listed_InstructionsOrAnotherLevelOrNone_IsNull(int level, int eax) =>
        Assert.Null(CpuidCaches.Listed(level, eax, 0x01C0003F, 63));

    [Fact]
    public void Listed_ThatTellsNothing_IsNull() => Assert.Null(CpuidCaches.Listed(3, 0x63, -1, -1));

    [Theory]
    [InlineData(1, 0x300C0140, 48 * 1024)]
    [InlineData(2, 0x04006140, 1024 * 1024)]
    [InlineData(2, 0x20006140, 8192 * 1024)]
    public void Single_Kibibytes_AreBytes(int level, int ecx, int expected) => Assert.Equal(expected, CpuidCaches.Single(level, ecx));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Single_None_IsNull(int level) => Assert.Null(CpuidCaches.Single(level, 0x140));

    [Fact]
    public void Bytes_OfThisProcessor_AreNoneOrLikely()
    {
        Assert.SkipUnless(X86Base.IsSupported, "CPUID is x86's");
        Assert.True(CpuidCaches.Bytes(1) is null or (>= 8 * 1024 and <= 1024 * 1024), $"{CpuidCaches.Bytes(1)} bytes of L1");
        Assert.True(CpuidCaches.Bytes(2) is null or (>= 64 * 1024 and <= 64 * 1024 * 1024), $"{CpuidCaches.Bytes(2)} bytes of L2");
        Assert.Null(CpuidCaches.Bytes(5));
    }
}
