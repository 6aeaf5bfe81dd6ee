using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Convolutions;

public class Conv2dTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void FanOutNormal_AnyGroups_HasPyTorchsDeviation(int groups)
    {
        // torch.nn.init's fan_out is weight.size(0) · R · S.
        var weight = new Conv2d("conv", 64, 128, 3, groups: groups, fanOutNormal: true).Parameters[0];
        var random = new RandomSource(1);
        weight.Initialise(ref random);
        Assert.Equal(Math.Sqrt(2.0 / (128 * 9)), Math.Sqrt(weight.Value.Average(value => (double)value * value)), tolerance: 0.003);
    }
}
