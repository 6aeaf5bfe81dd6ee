using SparseKernels.Tests.Support;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Tensors that no near cache holds, of which kernels ask for what later tiles read.</summary>
public static class ConvolutionPlanLargeTests
{
    /// <summary>Of one image.</summary>
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(1, 24, 32, 31, 8, 3, 3, padding: 1),
        new(1, 24, 32, 31, 3, 1, 1),
        new(1, 24, 32, 31, 5, 3, 3, stride: 2, padding: 1),
        new(1, 24, 32, 31, 4, 3, 2, stride: new(1, 3), padding: new Padding2D(0, 2, 1, 2), dilation: new(2, 1), groups: 2),
        new(1, 24, 96, 95, 3, 3, 3, padding: 1),
    ];

    public static TheoryData<string, int> Cases { get; } = Plans.CasesOf(s_shapes);

    [Theory]
    [MemberData(nameof(Cases))]
    public static void EveryPass_LargeTensors_EqualsReferenceOnAnyNumberOfThreads(string isa, int index) =>
        PlanRun.ExpectListsInPlace(Batch(s_shapes[index]), isa, seed: index + 1);

    /// <summary>So many of an image that half of this processor's L2 does not hold them.</summary>
    private static ConvolutionShape Batch(ConvolutionShape one)
    {
        var images = Math.Max(2, MachineTopology.L2Bytes / 2 / (one.InputLength * sizeof(float)) + 1);
        return new(images, one.C, one.H, one.W, one.K, one.R, one.S, one.Stride, one.Padding, one.Dilation, one.Groups);
    }
}
