using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using SparseKernels.Distributed.Libraries;

namespace SparseKernels.Distributed.Sums;

/// <summary>Memory that all ranks of a machine see: a file without a name, in memory.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private const string Folder = "/dev/shm";

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly float* _first;
    private readonly int _length;

    private SharedMemory(string path, FileMode mode, int length)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        try
        {
            // A page that there is no room for would end the process once it is touched: here it is an exception.
            if (mode == FileMode.CreateNew) stream.Write(new byte[checked(length * sizeof(float))]);
            stream.Flush();
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        _view = _file.CreateViewAccessor();
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        _first = (float*)first;
        _length = length;
    }

    /// <summary>All of it.</summary>
    public Span<float> Values => new(_first, _length);

    /// <summary>Makes it and has all ranks map it. Collective.</summary>
    /// <param name="world">The ranks.</param>
    /// <param name="isTogether">Whether this rank thinks that all are on its machine.</param>
    /// <param name="length">Floats; as many on all ranks.</param>
    /// <returns>The memory, of zeros; null on all ranks where one can't have it.</returns>
    public static SharedMemory? TryShare(MpiWorld world, bool isTogether, int length)
    {
        Span<byte> name = stackalloc byte[16];
        var memory = world.Rank == 0 && isTogether ? TryMake(name, length) : null;
        world.Broadcast(name, 0);
        var id = new Guid(name);
        var path = PathOf(id);
        if (world.Rank > 0 && isTogether && id != Guid.Empty) memory = TryMap(path, FileMode.Open, length);

        // Another machine's file of this name there is none; its memory would be another.
        Span<long> failed = [memory is null ? 1 : 0];
        world.Max(failed);
        if (world.Rank == 0 && id != Guid.Empty) File.Delete(path);
        if (failed[0] == 0) return memory;
        memory?.Dispose();
        return null;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static string PathOf(Guid id) => Path.Combine(Folder, $"sparsekernels-{id:N}");

    private static SharedMemory? TryMake(Span<byte> name, int length)
    {
        var id = Guid.NewGuid();
        var memory = TryMap(PathOf(id), FileMode.CreateNew, length);
        if (memory is not null) MemoryMarshal.Write(name, id);
        else File.Delete(PathOf(id));
        return memory;
    }

    private static SharedMemory? TryMap(string path, FileMode mode, int length)
    {
        try
        {
            return new SharedMemory(path, mode, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
