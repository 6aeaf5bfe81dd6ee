using System.Diagnostics.CodeAnalysis;
using SparseKernels.Distributed.Launching;
using SparseKernels.Distributed.Libraries;
using SparseKernels.Distributed.Sums;
using SparseKernels.Training.Communication;

namespace SparseKernels.Distributed;

/// <summary>
/// All processes that <c>mpirun</c> or <c>mpiexec</c> started together, over Open MPI, MPICH, Intel MPI, MVAPICH, Cray MPICH or Microsoft MPI,
/// whichever is there. Sums are in the order of the ranks on every one of them: each rank adds up its part of the values and gives it to the
/// others, by messages (<c>MPI_Alltoall</c>, <c>MPI_Allgather</c>), or through memory that all see where they share a machine with Linux.
/// </summary>
public sealed class MpiCommunicator : ICommunicator, IDisposable
{
    private static MpiCommunicator? s_world;
    private readonly MpiLibrary _library;
    private readonly MpiWorld _world;
    private readonly MessageSum _messages;
    private readonly bool _isOneMachine;
    private SharedMemorySum? _shared;
    private IRankSum? _many;
    private bool _disposed;

    private MpiCommunicator(MpiLibrary library, Launcher? launcher)
    {
        (_library, _world) = (library, new MpiWorld(library));
        if (launcher is not null && (launcher.Rank, launcher.Size) != (Rank, Size))
            throw new PlatformNotSupportedException(
                $"the launcher says rank {launcher.Rank} of {launcher.Size}, {library.Name} says {Rank} of {Size}: they are of different kinds of MPI. Name the launcher's own library in {MpiLibrary.Override}.");
        _messages = new MessageSum(_world);
        _isOneMachine = OperatingSystem.IsLinux() && launcher?.LocalSize == Size;
    }

    /// <inheritdoc/>
    public int Rank => _world.Rank;

    /// <inheritdoc/>
    public int Size => _world.Size;

    /// <summary>Whether a launcher of MPI started this process, by its environment; nothing is loaded.</summary>
    public static bool IsLaunched => Launcher.Detect() is not null;

    /// <summary>What tells the user why <see cref="Abort"/> ends all; a line on standard error by default.</summary>
    public Action<string> OnAbort { get; set; } = Console.Error.WriteLine;

    /// <summary>What the library calls itself, on one line.</summary>
    public string Library
    {
        get
        {
            var all = MpiWorld.Version.Split('\n')[0].Split(',')[0].Replace('\t', ' ');
            return $"{string.Join(' ', all.Split(' ', StringSplitOptions.RemoveEmptyEntries))} ({_library.Name})";
        }
    }

    /// <summary>The ranks, for tests of a way to add up.</summary>
    internal MpiWorld World => _world;

    /// <summary>Whether the last sum of many values went through memory that all ranks see.</summary>
    internal bool SharesMemory => _shared is not null;

    /// <summary>Loads MPI and joins the other processes; the same object for every call.</summary>
    /// <returns>All processes, to be disposed once training is over, on all ranks.</returns>
    /// <exception cref="PlatformNotSupportedException">There is no MPI, it is of another kind than the launcher, or it forbids threads.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed: MPI can't begin twice in a process.</exception>
    public static MpiCommunicator Join()
    {
        var launcher = Launcher.Detect();
        s_world ??= new MpiCommunicator(MpiLibrary.Load(launcher?.Family), launcher);
        ObjectDisposedException.ThrowIf(s_world._disposed, s_world);
        return s_world;
    }

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
        if (Size == 1 || values.IsEmpty) return;
        if (values.Length <= MessageSum.Few) _messages.Sum(values);
        else Many().Sum(values);
    }

    /// <inheritdoc/>
    public void Sum(Span<long> values)
    {
        if (Size > 1 && !values.IsEmpty) _world.Sum(values);
    }

    /// <inheritdoc/>
    public void Max(Span<long> values)
    {
        if (Size > 1 && !values.IsEmpty) _world.Max(values);
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)Size, nameof(root));
        _world.Broadcast(bytes, root);
    }

    /// <inheritdoc/>
    public void Barrier() => _world.Barrier();

    /// <inheritdoc/>
    [DoesNotReturn]
    public void Abort(string reason)
    {
        OnAbort(reason);
        Console.Error.Flush();
        _world.Abort();
        Environment.Exit(1);
    }

    /// <summary>Leaves the other processes, once all of them have called it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _shared?.Dispose();
        _world.Leave();
    }

    /// <summary>How many values are added up: what all ranks can do, found out at the first such sum, which all of them make.</summary>
    private IRankSum Many() => _many ??= (_shared = SharedMemorySum.TryCreate(_world, _isOneMachine)) as IRankSum ?? _messages;
}
