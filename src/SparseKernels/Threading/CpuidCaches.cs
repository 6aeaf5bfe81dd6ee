using System.Runtime.Intrinsics.X86;

namespace SparseKernels.Threading;

/// <summary>
/// Sizes of an x86 core's caches from <c>CPUID</c>, for systems that list none: virtual machines often don't. L3 is left out: the older leaf
/// counts a whole package's, of which a machine may have a small share.
/// </summary>
internal static class CpuidCaches
{
    /// <summary>Leaves that list a cache a sub-leaf, Intel's and AMD's, in one format.</summary>
    private const int Caches = 4, CachesOfAmd = unchecked((int)0x8000001D);

    /// <summary>Leaves of AMD's with one size each.</summary>
    private const int FirstLevel = unchecked((int)0x80000005), SecondLevel = unchecked((int)0x80000006);

    private const int Extended = unchecked((int)0x80000000);

    /// <summary>Whether the processor lists its caches one by one, as all of the last fifteen years do unless a virtual machine hides them.</summary>
    public static bool AreListed => X86Base.IsSupported && (Listed(Caches, level: 1) ?? Listed(CachesOfAmd, level: 1)) is not null;

    /// <summary>Bytes of a core's data cache; null where the processor doesn't tell or isn't x86.</summary>
    /// <param name="level">1 or 2.</param>
    public static int? Bytes(int level) => X86Base.IsSupported ? Listed(Caches, level) ?? Listed(CachesOfAmd, level) ?? Single(level) : null;

    /// <summary>Bytes of a cache by the registers of a sub-leaf; null if it is none of that level that holds data.</summary>
    /// <param name="level">The level.</param>
    /// <param name="eax">Type in bits 0 to 4: 1 data, 2 instructions, 3 both; level in bits 5 to 7.</param>
    /// <param name="ebx">Line size, partitions and ways, less 1 each, in bits 0 to 11, 12 to 21 and 22 to 31.</param>
    /// <param name="ecx">Sets less 1.</param>
    public static int? Listed(int level, int eax, int ebx, int ecx)
    {
        if ((eax & 0x1F) is not (1 or 3) || ((eax >> 5) & 7) != level) return null;
        var bytes = ((ebx & 0xFFF) + 1L) * (((ebx >> 12) & 0x3FF) + 1) * (((ebx >> 22) & 0x3FF) + 1) * ((uint)ecx + 1L);
        return bytes is > 0 and <= int.MaxValue ? (int)bytes : null;
    }

    /// <summary>The same by AMD's older leaves, which give kibibytes.</summary>
    /// <param name="level">1 or 2.</param>
    /// <param name="ecx">The leaf's ECX: kibibytes in bits 24 to 31 of the first level's, in bits 16 to 31 of the second's.</param>
    public static int? Single(int level, int ecx)
    {
        var kibibytes = (int)((uint)ecx >> (level == 1 ? 24 : 16));
        return kibibytes > 0 ? kibibytes * 1024 : null;
    }

    private static int? Listed(int leaf, int level)
    {
        if (!Has(leaf)) return null;
        for (var cache = 0; cache < 8; cache++)
        {
            var (eax, ebx, ecx, _) = X86Base.CpuId(leaf, cache);
            if ((eax & 0x1F) == 0) return null;
            if (Listed(level, eax, ebx, ecx) is { } bytes) return bytes;
        }

        return null;
    }

    private static int? Single(int level)
    {
        var leaf = level switch { 1 => FirstLevel, 2 => SecondLevel, _ => 0 };
        return leaf != 0 && Has(leaf) ? Single(level, X86Base.CpuId(leaf, 0).Ecx) : null;
    }

    /// <summary>Whether the processor answers a leaf: others give what the last one does.</summary>
    private static bool Has(int leaf)
    {
        var first = leaf < 0 ? Extended : 0;
        return (uint)X86Base.CpuId(first, 0).Eax >= (uint)leaf;
    }
}
