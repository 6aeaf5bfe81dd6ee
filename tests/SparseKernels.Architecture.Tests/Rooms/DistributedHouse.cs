namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>MPI: the communicator over what is found on the machine.</summary>
internal static class DistributedHouse
{
    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.Distributed",
        Libraries = ["SparseKernels", "SparseKernels.Training"],
        Floors =
        [
            [new("Door", "SparseKernels.Distributed")],
            [new("Launching", "SparseKernels.Distributed.Launching"), new("Sums", "SparseKernels.Distributed.Sums")],
            [new("Libraries", "SparseKernels.Distributed.Libraries")],
        ],
    };
}
