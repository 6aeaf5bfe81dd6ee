using System.Diagnostics;
using SparseKernels.Memory;

namespace SparseKernels.Bench.Endurance;

/// <summary>What the process holds at a moment.</summary>
/// <param name="Resident">Bytes of memory.</param>
/// <param name="Heap">Bytes of managed objects that are alive.</param>
/// <param name="Native">Bytes of native buffers that this library holds.</param>
/// <param name="Threads">Threads of the system.</param>
/// <param name="Handles">Open files and the like.</param>
internal readonly record struct Footprint(long Resident, long Heap, long Native, int Threads, int Handles)
{
    /// <summary>What it holds now, once all that nobody refers to is gone.</summary>
    public static Footprint Now()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        var handles = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : process.HandleCount;
        return new(process.WorkingSet64, GC.GetTotalMemory(forceFullCollection: false), NativeBytes.InUse, process.Threads.Count, handles);
    }
}
