using Xunit;

namespace SparseKernels.TestSupport;

/// <summary>Tests that count allocations or load the processors: they run when no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SoloCollection
{
    public const string Name = "solo";
}
