using System.Runtime.InteropServices;
using SparseKernels.Threading;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// A fault of the oneDNN in libtorch 2.10: on an x86 processor that lists no caches, as in some virtual machines, BackwardData of strided 1×1
/// layers ends the process with SIGFPE, and other gradients come out wrong. There, who needs right numbers rather than quick ones has libtorch
/// compute without oneDNN.
/// </summary>
internal static unsafe class OneDnnFault
{
    /// <summary>What a table's head says where it is.</summary>
    public const string Warning =
        "its oneDNN is at fault on this processor, which lists no caches: strided 1x1 BackwardData ends the process, some gradients are wrong";

    /// <summary>Whether this processor is one of those.</summary>
    public static bool IsHere { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && !CpuidCaches.AreListed;

    /// <summary>
    /// Has libtorch, which must be loaded, compute without oneDNN in this process from now on: <c>at::globalContext().setUserEnabledMkldnn(false)</c>,
    /// which TorchSharp has no door to.
    /// </summary>
    /// <returns>Null, or one line that says why it can't.</returns>
    public static string? Avoid()
    {
        if (!NativeLibrary.TryLoad("libtorch_cpu.so", out var library)
            || !NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var globalContext)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledMkldnnEb", out var setUserEnabledMkldnn))
            return $"{Warning}; this libtorch has no way round it";
        var context = ((delegate* unmanaged<nint>)globalContext)();
        ((delegate* unmanaged<nint, byte, void>)setUserEnabledMkldnn)(context, 0);
        return null;
    }
}
