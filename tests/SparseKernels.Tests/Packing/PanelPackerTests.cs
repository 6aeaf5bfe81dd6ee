using SparseKernels.Packing;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Packing;

public sealed unsafe class PanelPackerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pack_BlocksOfLanesPastTheChannels_AreZero(bool blocked)
    {
        const int Channels = 20, Lanes = 64, Rows = 3, Columns = 5;
        var data = RandomTensor.Floats(Channels * Rows * Columns, seed: 1);
        using var tensor = new BlockedTensor(1, Channels, Rows, Columns);
        tensor.CopyFromNchw(data);
        var packed = new float[Rows * Columns * Lanes];
        packed.AsSpan().Fill(float.NaN);
        fixed (float* plain = data, to = packed)
        {
            var image = blocked ? ImageView.Of(tensor) : new ImageView(plain, blocked: false, Channels, Rows, Columns);
            PanelPacker.Pack(in image, 0, 0, Channels, 0, Rows, 0, Columns, to, Lanes);
        }

        var expected = Enumerable.Range(0, packed.Length)
            .Select(i => i % Lanes < Channels ? data[i % Lanes * Rows * Columns + i / Lanes] : 0);
        Assert.Equal(expected, packed);
    }
}
