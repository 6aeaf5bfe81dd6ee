using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Libraries;

/// <summary>
/// The functions of MPI that training needs. Handles are numbers of 4 bytes in MPICH's family and addresses in Open MPI's: passed in a register of
/// 8 bytes they are right for both. <see cref="MpiLibrary"/> says which library they are of.
/// </summary>
internal static unsafe partial class MpiFunctions
{
    /// <summary>What the declarations call the library.</summary>
    public const string Library = "mpi";

    [LibraryImport(Library)]
    public static partial int MPI_Init_thread(int* argumentCount, byte*** arguments, int required, int* provided);

    [LibraryImport(Library)]
    public static partial int MPI_Initialized(int* flag);

    [LibraryImport(Library)]
    public static partial int MPI_Finalize();

    [LibraryImport(Library)]
    public static partial int MPI_Finalized(int* flag);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_rank(nint communicator, int* rank);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_size(nint communicator, int* size);

    [LibraryImport(Library)]
    public static partial int MPI_Allreduce(nint send, void* receive, int count, nint type, nint operation, nint communicator);

    [LibraryImport(Library)]
    public static partial int MPI_Alltoall(void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);

    [LibraryImport(Library)]
    public static partial int MPI_Allgather(void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);

    [LibraryImport(Library)]
    public static partial int MPI_Bcast(void* buffer, int count, nint type, int root, nint communicator);

    [LibraryImport(Library)]
    public static partial int MPI_Barrier(nint communicator);

    [LibraryImport(Library)]
    public static partial int MPI_Abort(nint communicator, int code);

    [LibraryImport(Library)]
    public static partial int MPI_Get_library_version(byte* text, int* length);
}
