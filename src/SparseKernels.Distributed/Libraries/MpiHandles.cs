using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Libraries;

/// <summary>The handles that a family's functions are given.</summary>
/// <param name="World">All processes that were started together.</param>
/// <param name="Byte">The type of a byte.</param>
/// <param name="Float">The type of a float.</param>
/// <param name="Long">The type of a whole number of 8 bytes.</param>
/// <param name="Sum">The sum.</param>
/// <param name="Max">The largest.</param>
/// <param name="InPlace">What stands for a buffer that is the other one.</param>
internal readonly record struct MpiHandles(nint World, nint Byte, nint Float, nint Long, nint Sum, nint Max, nint InPlace)
{
    /// <summary>A variable of Open MPI's that no other library has.</summary>
    public const string OpenMpiWorld = "ompi_mpi_comm_world";

    /// <summary>Those of MPICH's binary interface (mpi.h of MPICH 3.1 and later).</summary>
    private static readonly MpiHandles s_mpich = new(0x44000000, 0x4c00010d, 0x4c00040a, 0x4c000809, 0x58000003, 0x58000001, -1);

    /// <summary>Those of a library.</summary>
    /// <param name="library">Its handle.</param>
    /// <param name="family">Its family.</param>
    public static MpiHandles Of(nint library, MpiFamily family) => family == MpiFamily.Mpich ? s_mpich : new(
        NativeLibrary.GetExport(library, OpenMpiWorld), NativeLibrary.GetExport(library, "ompi_mpi_byte"),
        NativeLibrary.GetExport(library, "ompi_mpi_float"), NativeLibrary.GetExport(library, "ompi_mpi_long_long_int"),
        NativeLibrary.GetExport(library, "ompi_mpi_op_sum"), NativeLibrary.GetExport(library, "ompi_mpi_op_max"), 1);
}
