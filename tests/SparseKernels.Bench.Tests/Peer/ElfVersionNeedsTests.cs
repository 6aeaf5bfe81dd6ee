using SparseKernels.Bench.Peer;
using Xunit;

namespace SparseKernels.Bench.Tests.Peer;

public sealed class ElfVersionNeedsTests
{
    private const string Unused = "GLIBCXX_3.4.32";

    [Fact]
    public void MarkWeak_TorchSharpsShim_ChangesOneFlagOnce()
    {
        var original = Shim();
        var library = original.ToArray();
        // An earlier load may have repaired the file in place already.
        if (!ElfVersionNeeds.MarkWeak(library, Unused))
        {
            Assert.Equal(original, library);
            return;
        }

        var changed = Enumerable.Range(0, library.Length).Where(i => library[i] != original[i]).ToArray();
        Assert.Equal(2, Assert.Single(changed.Select(i => library[i] ^ original[i])));
        Assert.False(ElfVersionNeeds.MarkWeak(library, Unused));
    }

    [Fact]
    public void MarkWeak_VersionThatIsUsed_RefusesAndChangesNothing()
    {
        var original = Shim();
        var library = original.ToArray();

        Assert.Contains("so that version can't be missing", Assert.Throws<InvalidOperationException>(() => ElfVersionNeeds.MarkWeak(library, "GLIBCXX_3.4.21")).Message);
        Assert.Equal(original, library);
    }

    [Fact]
    public void MarkWeak_UnknownVersion_ChangesNothing() => Assert.False(ElfVersionNeeds.MarkWeak(Shim(), "GLIBCXX_9.9"));

    [Fact]
    public void MarkWeak_NoElfFile_Throws() =>
        Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.MarkWeak("MZ this is no ELF file, but it is longer than an ELF header would be."u8.ToArray(), Unused));

    [Fact]
    public void MarkWeak_TruncatedAnywhere_ThrowsNothingElse()
    {
        var library = Shim();
        for (var part = 0; part < 40; part++)
        {
            var cut = library[..(int)((long)library.Length * part / 40)];
            Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.MarkWeak(cut, Unused));
        }
    }

    private static byte[] Shim()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(path), "TorchSharp's Linux library is not part of this platform's build.");
        return File.ReadAllBytes(path);
    }
}
