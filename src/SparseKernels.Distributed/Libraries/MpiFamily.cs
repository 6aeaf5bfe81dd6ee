namespace SparseKernels.Distributed.Libraries;

/// <summary>Libraries that programs can't tell apart once they are compiled.</summary>
internal enum MpiFamily
{
    /// <summary>Open MPI: handles are addresses of the library's variables.</summary>
    OpenMpi,

    /// <summary>MPICH and what shares its binary interface: Intel MPI, MVAPICH, Cray MPICH, Microsoft MPI. Handles are fixed numbers.</summary>
    Mpich,
}
