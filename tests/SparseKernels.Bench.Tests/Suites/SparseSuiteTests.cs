using SparseKernels.Bench.Suites;
using Xunit;

namespace SparseKernels.Bench.Tests.Suites;

public sealed class SparseSuiteTests
{
    [Fact]
    public void CaseNames_OwnTargets_AreUniqueAndPrepare()
    {
        var names = SparseSuite.CaseNames.ToArray();

        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Contains("Forward InputWeight 0.4 0.5", names);
        foreach (var name in new[] { names[0], names[^1] })
        {
            var suite = new SparseSuite { Layer = "256-256-14-1x1", Case = name, Batch = 1 };
            suite.Prepare();
            suite.Sparse();
            suite.Dense();
            suite.Release();
        }
    }
}
