using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Tests.Support;

/// <summary>Signals to processes.</summary>
internal static partial class Signal
{
    public const int Kill = 9, Terminate = 15;

    public static void Send(int process, int signal)
    {
        if (process > 0) _ = SendTo(process, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendTo(int process, int signal);
}
