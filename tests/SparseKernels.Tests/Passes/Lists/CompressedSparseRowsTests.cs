using SparseKernels.Passes.Lists;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Passes.Lists;

/// <summary>Every non-zero of a matrix is an entry of its row, in the order of the columns, and nothing else is.</summary>
public sealed unsafe class CompressedSparseRowsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 7)]
    [InlineData(3, 16)]
    [InlineData(9, 45)]
    public void Compress_RowsOfAnyLength_HoldsTheirNonZeros(int rows, int columns)
    {
        using var compressed = new CompressedSparseRows(rows, columns);
        // Denser each time, so that the room has to grow, then sparser, so that old entries have to go.
        foreach (var density in (double[])[0, 0.1, 1, 0.5])
        {
            var matrix = RandomTensor.Floats(rows * columns, seed: columns, density);
            fixed (float* first = matrix) compressed.Compress(first);
            AssertHolds(matrix, rows, columns, compressed);
        }
    }

    [Fact]
    public void Compress_NaNAndMinusZero_KeepsTheOneAndDropsTheOther()
    {
        using var compressed = new CompressedSparseRows(2, 11);
        var matrix = new float[22];
        matrix.AsSpan().Fill(-0f);
        (matrix[3], matrix[21]) = (float.NaN, float.NaN);
        fixed (float* first = matrix) compressed.Compress(first);
        Assert.Equal([0, 1, 2], new Span<int>(compressed.Starts, 3).ToArray());
        Assert.Equal([3, 10], new Span<int>(compressed.Columns, 2).ToArray());
    }

    private static void AssertHolds(float[] matrix, int rows, int columns, CompressedSparseRows compressed)
    {
        var entry = 0;
        for (var row = 0; row < rows; row++)
        {
            Assert.Equal(entry, compressed.Starts[row]);
            for (var column = 0; column < columns; column++)
            {
                if (matrix[row * columns + column] == 0) continue;
                Assert.Equal(column, compressed.Columns[entry]);
                Assert.Equal(matrix[row * columns + column], compressed.Values[entry++]);
            }
        }

        Assert.Equal(entry, compressed.Count);
    }
}
