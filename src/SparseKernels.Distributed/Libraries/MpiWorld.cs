using System.Text;
using static SparseKernels.Distributed.Libraries.MpiFunctions;

namespace SparseKernels.Distributed.Libraries;

/// <summary>All processes that were started together, over the loaded library: its functions with spans, and a failure as an exception.</summary>
internal sealed unsafe class MpiWorld
{
    /// <summary>Calls from one thread at a time, any of them.</summary>
    private const int Serialised = 2;

    /// <summary>MPI_MAX_LIBRARY_VERSION_STRING of MPICH, the larger one.</summary>
    private const int LongestVersion = 8192;

    private readonly MpiHandles _handles;
    private readonly bool _finalises;

    /// <summary>Begins MPI, unless the process has begun it.</summary>
    /// <param name="library">The library, which must be loaded.</param>
    /// <exception cref="PlatformNotSupportedException">It forbids threads.</exception>
    public MpiWorld(MpiLibrary library)
    {
        _handles = MpiHandles.Of(library.Handle, library.Family);
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
    }

    /// <summary>This process among all.</summary>
    public int Rank { get; }

    /// <summary>Processes.</summary>
    public int Size { get; }

    /// <summary>What the library calls itself.</summary>
    public static string Version
    {
        get
        {
            var text = stackalloc byte[LongestVersion];
            int length;
            Check(MPI_Get_library_version(text, &length), nameof(MPI_Get_library_version));
            return Encoding.UTF8.GetString(text, length);
        }
    }

    /// <summary>Gives every rank what all have, one behind the other.</summary>
    public void Gather(ReadOnlySpan<float> own, Span<float> all)
    {
        fixed (float* send = own, receive = all)
            Check(MPI_Allgather(send, own.Length, _handles.Float, receive, own.Length, _handles.Float, _handles.World), nameof(MPI_Allgather));
    }

    /// <summary>Gives each rank its part of what every rank has: as many parts as ranks, of the same length.</summary>
    public void Exchange(ReadOnlySpan<float> parts, Span<float> received)
    {
        var part = parts.Length / Size;
        fixed (float* send = parts, receive = received)
            Check(MPI_Alltoall(send, part, _handles.Float, receive, part, _handles.Float, _handles.World), nameof(MPI_Alltoall));
    }

    /// <summary>Adds up whole numbers.</summary>
    public void Sum(Span<long> values) => Reduce(values, _handles.Sum);

    /// <summary>The largest of each.</summary>
    public void Max(Span<long> values) => Reduce(values, _handles.Max);

    /// <summary>Gives all ranks what one has.</summary>
    public void Broadcast(Span<byte> bytes, int root)
    {
        fixed (byte* first = bytes) Check(MPI_Bcast(first, bytes.Length, _handles.Byte, root, _handles.World), nameof(MPI_Bcast));
    }

    /// <summary>Waits for all.</summary>
    public void Barrier() => Check(MPI_Barrier(_handles.World), nameof(MPI_Barrier));

    /// <summary>Ends all.</summary>
    public void Abort() => _ = MPI_Abort(_handles.World, 1);

    /// <summary>Ends MPI, if this began it.</summary>
    public void Leave()
    {
        int flag;
        if (_finalises && MPI_Finalized(&flag) == 0 && flag == 0) _ = MPI_Finalize();
    }

    private static void Check(int code, string call)
    {
        if (code != 0) throw new InvalidOperationException($"{call} failed with code {code}.");
    }

    private void Reduce(Span<long> values, nint operation)
    {
        fixed (long* first = values)
            Check(MPI_Allreduce(_handles.InPlace, first, values.Length, _handles.Long, operation, _handles.World), nameof(MPI_Allreduce));
    }
}
