using System.Globalization;
using SparseKernels.Distributed.Libraries;

namespace SparseKernels.Distributed.Launching;

/// <summary>What the program that started this process, <c>mpirun</c> or <c>mpiexec</c>, says in its environment.</summary>
/// <param name="Family">The family of libraries that it belongs to.</param>
/// <param name="Rank">This process among all.</param>
/// <param name="Size">Processes.</param>
/// <param name="LocalRank">This process among those of its machine.</param>
/// <param name="LocalSize">Processes of its machine.</param>
internal sealed record Launcher(MpiFamily Family, int Rank, int Size, int LocalRank, int LocalSize)
{
    /// <summary>The variables of each family: rank, size, rank on the machine, size on the machine.</summary>
    private static readonly (MpiFamily Family, string Rank, string Size, string LocalRank, string LocalSize)[] s_variables =
    [
        (MpiFamily.OpenMpi, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
        (MpiFamily.Mpich, "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
    ];

    /// <summary>Who started this process; null if no launcher did.</summary>
    public static Launcher? Detect() => Detect(Environment.GetEnvironmentVariable);

    /// <summary>The same by other variables.</summary>
    public static Launcher? Detect(Func<string, string?> variable)
    {
        foreach (var names in s_variables)
        {
            if (Number(names.Rank) is { } rank && Number(names.Size) is { } size && rank < size)
                return new(names.Family, rank, size, Number(names.LocalRank) ?? 0, Number(names.LocalSize) ?? 1);
        }

        return null;

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
