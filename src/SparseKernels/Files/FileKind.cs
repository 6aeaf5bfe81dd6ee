using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SparseKernels.Files;

/// <summary>What stands under a path: where a link leads, and whether a file may take its place.</summary>
internal static unsafe partial class FileKind
{
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint WantsType = 1;
    private const uint WantsInode = 0x100;
    private const int StatxLength = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>The file that a path means: what a symbolic link points to in the end, whether that is there or not; else itself.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string TargetOf(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName ?? path;

    /// <summary>Refuses what no file may replace.</summary>
    /// <param name="path">What the user named.</param>
    /// <param name="target">What it means.</param>
    /// <exception cref="IOException">It is a folder, a device, a pipe or a socket.</exception>
    public static void RequireReplaceable(string path, string target)
    {
        if (Directory.Exists(target)) throw new IOException($"'{path}' is a folder, expected a file.");
        if (File.Exists(target) && !IsRegular(target)) throw new IOException($"'{path}' is a device, a pipe or a socket, expected a file.");
    }

    /// <summary>Whether an open file still stands under a path; where the system doesn't say, yes.</summary>
    public static bool Stands(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) return true;
        byte* open = stackalloc byte[StatxLength], there = stackalloc byte[StatxLength];
        if (Statx((int)file.DangerousGetHandle(), "", EmptyPath, WantsInode, open) != 0) return true;
        return Statx(CurrentFolder, path, 0, WantsInode, there) == 0
            && *(ulong*)(open + InodeOffset) == *(ulong*)(there + InodeOffset)
            && *(ulong*)(open + DeviceOffset) == *(ulong*)(there + DeviceOffset);
    }

    /// <summary>Whether an existing file is an ordinary one; where the system doesn't say, yes.</summary>
    private static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var status = stackalloc byte[StatxLength];
        return Statx(CurrentFolder, path, 0, WantsType, status) != 0 || (*(ushort*)(status + ModeOffset) & TypeMask) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* status);
}
