using Xunit;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Tests that measure the whole process, such as its allocations: they run when no other test does.</summary>
[CollectionDefinition(nameof(SequentialTests), DisableParallelization = true)]
public sealed class SequentialTests;
