using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// Environment variables as native libraries see them. .NET keeps its own copy on Unix, which they never read, so the C library's
/// must be set, and before the library that reads it is loaded.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable unless the caller's environment has it.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="Win32Exception">The C library refused.</exception>
    public static void SetIfAbsent(string name, string value)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) return;
        Environment.SetEnvironmentVariable(name, value);
        var failed = OperatingSystem.IsWindows() ? PutEnvironment(name, value) : SetEnvironment(name, value, overwrite: 1);
        if (failed != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"can't set {name}={value} for native libraries");
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_wputenv_s", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int PutEnvironment(string name, string value);
}
