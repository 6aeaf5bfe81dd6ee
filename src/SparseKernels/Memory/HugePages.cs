using System.Runtime.InteropServices;

namespace SparseKernels.Memory;

/// <summary>
/// Asks Linux to back large buffers with pages of 2 MiB, which it does for who asks where <c>transparent_hugepage</c> is <c>madvise</c>: sweeps
/// over tensors of many megabytes meet a page in 512 fewer. Elsewhere, and where the system says no, nothing changes but the alignment.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of a page.</summary>
    public const int Size = 2 << 20;

    /// <summary>MADV_HUGEPAGE of <c>madvise(2)</c>.</summary>
    private const int Wanted = 14;

    private static readonly bool s_canAsk = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out _);

    /// <summary>Whether a buffer holds any such page.</summary>
    public static bool Suit(long bytes) => s_canAsk && bytes >= Size;

    /// <summary>Asks for a buffer that begins at such a page, before it is touched.</summary>
    public static void Advise(void* memory, long bytes)
    {
        // The answer changes no result: without huge pages the buffer is as it was.
        if (Suit(bytes)) _ = Advise(memory, (nuint)bytes, Wanted);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint bytes, int advice);
}
