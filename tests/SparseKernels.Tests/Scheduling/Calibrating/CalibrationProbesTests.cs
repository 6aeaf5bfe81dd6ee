using SparseKernels.Scheduling.Calibrating;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Calibrating;

public sealed class CalibrationProbesTests
{
    [Fact]
    public void Order_AnyShare_IsEveryShapeWithAllZerosWhichTheFirstThirdHasMet()
    {
        var order = CalibrationProbes.Order().ToArray();
        var (shapes, zeros) = (CalibrationProbes.Shapes, ProbeZeros.All);
        Assert.Equal(shapes.Count * zeros.Count, order.Select(one => (one.Shape, one.Zeros)).Distinct().Count());
        Assert.Equal(shapes.Count * zeros.Count, order.Length);
        var first = order[..shapes.Count];
        Assert.Equal(shapes, first.Select(one => one.Shape));
        Assert.All(zeros, one => Assert.InRange(first.Count(probe => probe.Zeros == one), shapes.Count / zeros.Count, shapes.Count));
        Assert.All(order, one => Assert.Equal(first.Contains(one), one.IsFirst));
    }
}
