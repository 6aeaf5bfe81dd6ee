using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SparseKernels.TestSupport;

/// <summary>Where in its pages a <see cref="GuardedBuffer"/> puts the elements.</summary>
internal enum GuardSide
{
    /// <summary>The unmapped page starts right behind the last element.</summary>
    Behind,

    /// <summary>The unmapped page ends right before the first element.</summary>
    Before,
}

/// <summary>
/// Floats between two pages that nobody may touch: an access past their end (or before their start) ends the process at once,
/// which the test runner reports as a failure.
/// </summary>
internal sealed unsafe partial class GuardedBuffer : IDisposable
{
    private readonly nuint _bytes;
    private readonly float* _first;
    private nint _memory;

    /// <summary>Maps the pages and copies <paramref name="values"/> in.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="side">Which end meets its guard page.</param>
    /// <exception cref="Win32Exception">The operating system refuses the memory.</exception>
    public GuardedBuffer(ReadOnlySpan<float> values, GuardSide side)
    {
        Length = values.Length;
        var page = (nuint)Environment.SystemPageSize;
        var data = (nuint)values.Length * sizeof(float);
        var dataPages = Math.Max(1, (data + page - 1) / page);
        _bytes = (dataPages + 2) * page;
        _memory = Reserve(_bytes);
        var inside = _memory + (nint)page;
        Protect(_memory, page);
        Protect(inside + (nint)(dataPages * page), page);
        _first = (float*)(side == GuardSide.Before ? inside : inside + (nint)(dataPages * page - data));
        values.CopyTo(Span);
    }

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>The elements.</summary>
    public Span<float> Span => new(_first, Length);

    /// <summary>The first element.</summary>
    public float* Pointer => _first;

    /// <summary>Gives the pages back.</summary>
    public void Dispose()
    {
        if (_memory == 0) return;
        var released = OperatingSystem.IsWindows() ? VirtualFree(_memory, 0, 0x8000) : munmap(_memory, _bytes) == 0;
        if (!released) throw new Win32Exception();
        _memory = 0;
    }

    private static nint Reserve(nuint bytes)
    {
        const int ReadWrite = 3;
        var anonymousPrivate = OperatingSystem.IsMacOS() ? 0x1002 : 0x22;
        var memory = OperatingSystem.IsWindows() ? VirtualAlloc(0, bytes, 0x3000, 4) : mmap(0, bytes, ReadWrite, anonymousPrivate, -1, 0);
        return memory is 0 or -1 ? throw new Win32Exception() : memory;
    }

    private static void Protect(nint start, nuint bytes)
    {
        var done = OperatingSystem.IsWindows() ? VirtualProtect(start, bytes, 1, out _) : mprotect(start, bytes, 0) == 0;
        if (!done) throw new Win32Exception();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint size, uint protection, out uint previous);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nuint size, uint type);
}
