using System.Globalization;
using System.Runtime.InteropServices;

namespace SparseKernels.Cli.Tests.Support;

/// <summary>Sends a signal as a terminal or a process manager does.</summary>
internal static partial class Signal
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Terminate = 15;

    public static void Send(int process, int signal)
    {
        if (Kill(process, signal) != 0)
            throw new InvalidOperationException($"signal {signal} didn't reach process {process}: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Whether a process ignores a signal, as those do whose parent did; known on Linux alone.</summary>
    public static bool IsIgnored(int process, int signal)
    {
        const string Mask = "SigIgn:";
        var status = $"/proc/{process}/status";
        if (!File.Exists(status)) return false;
        var mask = File.ReadLines(status).FirstOrDefault(line => line.StartsWith(Mask, StringComparison.Ordinal));
        return mask is not null && (ulong.Parse(mask[Mask.Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
