using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Isa;
using Xunit;

namespace SparseKernels.Bench.Tests.Peer;

public sealed class ElfVersionNeedsTests
{
    private readonly SharedLibrary _library = new();

    [Fact]
    public void MarkWeak_UnusedVersion_SetsItsFlagAndNothingElse()
    {
        var expected = _library.Bytes.ToArray();
        expected[_library.UnusedFlags] = 2;

        var changed = _library.Bytes.ToArray();
        Assert.True(ElfVersionNeeds.MarkWeak(changed, SharedLibrary.UnusedVersion));
        Assert.Equal(expected, changed);

        Assert.False(ElfVersionNeeds.MarkWeak(changed, SharedLibrary.UnusedVersion));
        Assert.Equal(expected, changed);
    }

    [Fact]
    public void MarkWeak_VersionThatARelocationUses_RefusesAndChangesNothing()
    {
        var library = _library.Bytes.ToArray();

        var thrown = Assert.Throws<InvalidOperationException>(() => ElfVersionNeeds.MarkWeak(library, SharedLibrary.UsedVersion));

        Assert.Equal("the library uses used of LIB_1.0, so that version can't be missing.", thrown.Message);
        Assert.Equal(_library.Bytes, library);
    }

    [Fact]
    public void MarkWeak_UnknownVersion_ChangesNothing()
    {
        var library = _library.Bytes.ToArray();

        Assert.False(ElfVersionNeeds.MarkWeak(library, "LIB_3.0"));
        Assert.Equal(_library.Bytes, library);
    }

    [Fact]
    public void MarkWeak_NoElfFile_Throws() =>
        Assert.Throws<BadImageFormatException>(
            () => ElfVersionNeeds.MarkWeak("MZ this is no ELF file, but it is longer than an ELF header would be."u8.ToArray(), "LIB_1.0"));

    [Fact]
    public void MarkWeak_TruncatedAnywhere_ThrowsBadImage()
    {
        // The last 16 bytes are a header's alignment and entry size, which nothing reads.
        for (var length = 0; length < _library.Bytes.Length - 16; length++)
        {
            Assert.Throws<BadImageFormatException>(
                () => ElfVersionNeeds.MarkWeak(_library.Bytes.AsSpan(0, length), SharedLibrary.UnusedVersion));
        }
    }

    [Fact]
    public void MarkWeak_AnyByteFlipped_WorksOrThrowsOneOfTheDocumented()
    {
        for (var at = 0; at < _library.Bytes.Length; at++)
        {
            var damaged = _library.Bytes.ToArray();
            damaged[at] ^= 0xff;
            try
            {
                ElfVersionNeeds.MarkWeak(damaged, SharedLibrary.UnusedVersion);
            }
            catch (Exception e) when (e is BadImageFormatException or InvalidOperationException)
            {
            }
        }
    }

    [Fact]
    public void TryLoad_OnThisMachine_LoadsOrSaysWhy()
    {
        var obstacle = TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1);

        Assert.True(obstacle is null || obstacle.StartsWith("TorchSharp ", StringComparison.Ordinal), obstacle);
    }
}
