using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Support;

/// <summary>The guards must really end a process, or every test that leans on them proves nothing.</summary>
public sealed unsafe class GuardedBufferTests
{
    [Theory]
    [InlineData(nameof(Child_ReadBehind_Dies))]
    [InlineData(nameof(Child_WriteBehind_Dies))]
    [InlineData(nameof(Child_ReadBefore_Dies))]
    [InlineData(nameof(Child_WriteBefore_Dies))]
    public void GuardPage_Touched_EndsTheProcess(string child)
    {
        var result = ChildProcess.RunExplicitTest(typeof(GuardedBufferTests), child);
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("survived", result.Output);
    }

    [Theory]
    [InlineData(GuardSide.Behind)]
    [InlineData(GuardSide.Before)]
    internal void Span_WholeBuffer_HoldsWhatWasPutIn(GuardSide side)
    {
        foreach (var length in (int[])[0, 1, 7, 1024, 1025, 5000])
        {
            var values = RandomTensor.Floats(length, seed: length);
            using var buffer = new GuardedBuffer(values, side);
            Expect.SameBits(values, buffer.Span, $"{length} elements, guard {side}");
        }
    }

    [Fact(Explicit = true)]
    public void Child_ReadBehind_Dies() => Touch(GuardSide.Behind, write: false);

    [Fact(Explicit = true)]
    public void Child_WriteBehind_Dies() => Touch(GuardSide.Behind, write: true);

    [Fact(Explicit = true)]
    public void Child_ReadBefore_Dies() => Touch(GuardSide.Before, write: false);

    [Fact(Explicit = true)]
    public void Child_WriteBefore_Dies() => Touch(GuardSide.Before, write: true);

    private static void Touch(GuardSide side, bool write)
    {
        using var buffer = new GuardedBuffer([1, 2, 3], side);
        var outside = buffer.Pointer + (side == GuardSide.Behind ? 3 : -1);
        if (write) *outside = 1;
        Console.WriteLine($"survived: {*outside}");
    }
}
