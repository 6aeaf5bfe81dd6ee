using SparseKernels.Distributed.Libraries;
using Xunit;

namespace SparseKernels.Distributed.Tests.Libraries;

public class MpiLibraryTests
{
    [Fact]
    public void Find_NoMpiFunctions_IsRefusedByName()
    {
        // A library that is there and is no MPI.
        var e = Assert.Throws<PlatformNotSupportedException>(() => MpiLibrary.Find("libc.so.6", null));
        Assert.Contains("SPARSEKERNELS_MPI is 'libc.so.6'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libmpi.so.40", MpiFamily.OpenMpi)]
    [InlineData("libmpich.so.12", MpiFamily.Mpich)]
    internal void Find_InstalledLibrary_IsOfItsFamily(string name, MpiFamily family)
    {
        try
        {
            Assert.Equal((name, family), (MpiLibrary.Find(name, null).Name, MpiLibrary.Find(name, null).Family));
            Assert.Equal(family, MpiLibrary.Find(null, family).Family);
        }
        catch (PlatformNotSupportedException)
        {
            Assert.Skip($"There is no {name}.");
        }
    }
}
