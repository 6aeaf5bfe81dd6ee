using SparseKernels.Distributed.Launching;
using SparseKernels.Distributed.Libraries;
using Xunit;

namespace SparseKernels.Distributed.Tests.Launching;

public class LauncherTests
{
    [Fact]
    public void Detect_VariablesOfBothFamilies_SaysWhoIsWho()
    {
        Assert.Equal(new Launcher(MpiFamily.OpenMpi, 5, 8, 1, 4), Detect(("OMPI_COMM_WORLD_RANK", "5"), ("OMPI_COMM_WORLD_SIZE", "8"), ("OMPI_COMM_WORLD_LOCAL_RANK", "1"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "4")));
        Assert.Equal(new Launcher(MpiFamily.Mpich, 1, 2, 1, 2), Detect(("PMI_RANK", "1"), ("PMI_SIZE", "2"), ("MPI_LOCALRANKID", "1"), ("MPI_LOCALNRANKS", "2")));
        Assert.Equal(new Launcher(MpiFamily.Mpich, 1, 2, 0, 1), Detect(("PMI_RANK", "1"), ("PMI_SIZE", "2")));
        Assert.Null(Detect());
        Assert.Null(Detect(("PMI_RANK", "2"), ("PMI_SIZE", "2")));
        Assert.Null(Detect(("PMI_RANK", "x"), ("PMI_SIZE", "2")));
    }

    private static Launcher? Detect(params (string Name, string Value)[] variables) =>
        Launcher.Detect(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
