using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using SparseKernels.Distributed.Launching;
using SparseKernels.Distributed.Libraries;
using SparseKernels.Training.Communication;
using static SparseKernels.Distributed.Libraries.MpiFunctions;

namespace SparseKernels.Distributed;

/// <summary>
/// All processes that <c>mpirun</c> or <c>mpiexec</c> started together, over Open MPI, MPICH, Intel MPI, MVAPICH, Cray MPICH or Microsoft MPI,
/// whichever is there. Sums are in the order of the ranks on every one of them: each rank adds up its part of the values (<c>MPI_Alltoall</c>)
/// and gives it to the others (<c>MPI_Allgather</c>), which moves as many bytes as a ring does.
/// </summary>
public sealed unsafe class MpiCommunicator : ICommunicator, IDisposable
{
    /// <summary>Calls from one thread at a time, any of them.</summary>
    private const int Serialised = 2;

    /// <summary>MPI_MAX_LIBRARY_VERSION_STRING of MPICH, the larger one.</summary>
    private const int LongestVersion = 8192;

    /// <summary>Up to so many floats all ranks take all values and add them up themselves: one call instead of two.</summary>
    private const int Few = 1024;

    /// <summary>Floats that are added up at once at least: a megabyte. And of each rank, so that messages don't get small.</summary>
    private const int SmallestBlock = 1 << 18, SmallestPart = 1 << 13;

    private static MpiCommunicator? s_world;
    private readonly MpiLibrary _library;
    private readonly MpiHandles _handles;
    private readonly bool _finalises;
    private float[] _gathered = [];
    private float[] _part = [];
    private bool _disposed;

    private MpiCommunicator(MpiLibrary library, Launcher? launcher)
    {
        (_library, _handles) = (library, MpiHandles.Of(library.Handle, library.Family));
        int flag, provided = 0;
        Check(MPI_Initialized(&flag), nameof(MPI_Initialized));
        if (flag == 0)
        {
            Check(MPI_Init_thread(null, null, Serialised, &provided), nameof(MPI_Init_thread));
            if (provided < Serialised)
                throw new PlatformNotSupportedException($"{library.Name} lets only one thread of a process call it, level {provided}; {Serialised}, MPI_THREAD_SERIALIZED, is needed.");
            _finalises = true;
        }

        int rank, size;
        Check(MPI_Comm_rank(_handles.World, &rank), nameof(MPI_Comm_rank));
        Check(MPI_Comm_size(_handles.World, &size), nameof(MPI_Comm_size));
        (Rank, Size) = (rank, size);
        if (launcher is not null && (launcher.Rank, launcher.Size) != (rank, size))
            throw new PlatformNotSupportedException(
                $"the launcher says rank {launcher.Rank} of {launcher.Size}, {library.Name} says {rank} of {size}: they are of different kinds of MPI. Name the launcher's own library in {MpiLibrary.Override}.");
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Whether a launcher of MPI started this process, by its environment; nothing is loaded.</summary>
    public static bool IsLaunched => Launcher.Detect() is not null;

    /// <summary>What the library calls itself, on one line.</summary>
    public string Library
    {
        get
        {
            var text = stackalloc byte[LongestVersion];
            int length;
            Check(MPI_Get_library_version(text, &length), nameof(MPI_Get_library_version));
            var all = Encoding.UTF8.GetString(text, length).Split('\n')[0].Split(',')[0].Replace('\t', ' ');
            return $"{string.Join(' ', all.Split(' ', StringSplitOptions.RemoveEmptyEntries))} ({_library.Name})";
        }
    }

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
        if (values.Length <= Few) SumFew(values);
        else SumParts(values);
    }

    /// <inheritdoc/>
    public void Sum(Span<long> values) => Reduce(values, _handles.Sum);

    /// <inheritdoc/>
    public void Max(Span<long> values) => Reduce(values, _handles.Max);

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)Size, nameof(root));
        fixed (byte* first = bytes) Check(MPI_Bcast(first, bytes.Length, _handles.Byte, root, _handles.World), nameof(MPI_Bcast));
    }

    /// <inheritdoc/>
    public void Barrier() => Check(MPI_Barrier(_handles.World), nameof(MPI_Barrier));

    /// <inheritdoc/>
    [DoesNotReturn]
    public void Abort(string reason)
    {
        Console.Error.WriteLine(reason);
        Console.Error.Flush();
        _ = MPI_Abort(_handles.World, 1);
        Environment.Exit(1);
    }

    /// <summary>Leaves the other processes, once all of them have called it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        int flag;
        if (_finalises && MPI_Finalized(&flag) == 0 && flag == 0) _ = MPI_Finalize();
    }

    /// <summary>Adds what several ranks have to the first rank's, in their order.</summary>
    /// <param name="all">Of each rank as many values as the result has, one rank behind the other.</param>
    /// <param name="sum">Overwritten.</param>
    private static void AddInOrder(ReadOnlySpan<float> all, Span<float> sum)
    {
        all[..sum.Length].CopyTo(sum);
        for (var from = sum.Length; from < all.Length; from += sum.Length) Add(all.Slice(from, sum.Length), sum);
    }

    private static void Add(ReadOnlySpan<float> values, Span<float> sum)
    {
        var from = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(values);
        var to = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(sum);
        for (var i = 0; i < to.Length; i++) to[i] += from[i];
        for (var i = to.Length * System.Numerics.Vector<float>.Count; i < sum.Length; i++) sum[i] += values[i];
    }

    private static void Check(int code, string call)
    {
        if (code != 0) throw new InvalidOperationException($"{call} failed with code {code}.");
    }

    private static Span<float> Room(ref float[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<float>(length);
        return buffer.AsSpan(0, length);
    }

    private void SumFew(Span<float> values)
    {
        var all = Room(ref _gathered, checked(values.Length * Size));
        fixed (float* own = values, gathered = all)
        {
            Check(
                MPI_Allgather(own, values.Length, _handles.Float, gathered, values.Length, _handles.Float, _handles.World),
                nameof(MPI_Allgather));
        }

        AddInOrder(all, values);
    }

    /// <summary>
    /// In blocks, so that what is received is added up while the caches hold it. What doesn't divide by the ranks goes as a few.
    /// </summary>
    private void SumParts(Span<float> values)
    {
        var rest = values.Length % Size;
        var block = Math.Max(SmallestBlock, Size * SmallestPart) / Size * Size;
        var whole = values[..^rest];
        for (var start = 0; start < whole.Length; start += block) SumBlock(whole[start..Math.Min(whole.Length, start + block)]);
        if (rest > 0) SumFew(values[^rest..]);
    }

    private void SumBlock(Span<float> values)
    {
        var part = values.Length / Size;
        var all = Room(ref _gathered, values.Length);
        var sum = Room(ref _part, part);
        fixed (float* own = values, receive = all, summed = sum)
        {
            Check(MPI_Alltoall(own, part, _handles.Float, receive, part, _handles.Float, _handles.World), nameof(MPI_Alltoall));
            AddInOrder(all, sum);
            Check(MPI_Allgather(summed, part, _handles.Float, own, part, _handles.Float, _handles.World), nameof(MPI_Allgather));
        }
    }

    private void Reduce(Span<long> values, nint operation)
    {
        if (Size == 1 || values.IsEmpty) return;
        fixed (long* first = values)
            Check(MPI_Allreduce(_handles.InPlace, first, values.Length, _handles.Long, operation, _handles.World), nameof(MPI_Allreduce));
    }
}
