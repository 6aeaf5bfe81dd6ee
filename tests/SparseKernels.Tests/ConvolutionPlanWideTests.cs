using SparseKernels.Tests.Support;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// Layers of many channels on batch-blocked and planar tensors: passes that walk lists of weights take them in segments, strip by strip.
/// </summary>
public static class ConvolutionPlanWideTests
{
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(17, 20, 3, 31, 130, 1, 1),
        new(17, 100, 3, 20, 70, 3, 3, padding: 1),
        new(16, 130, 5, 9, 20, 3, 3, stride: 2, padding: 1),
        new(3, 140, 4, 25, 150, 1, 1, groups: 2),
    ];

    public static TheoryData<string, int> Cases { get; } = Plans.CasesOf(s_shapes);

    [Theory]
    [MemberData(nameof(Cases))]
    public static void EveryTapPass_ManyChannels_EqualsReferenceOnAnyNumberOfThreads(string isa, int index) =>
        PlanRun.ExpectListsInPlace(s_shapes[index], isa, seed: index + 1);
}
