using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Small images of noise around a brightness that tells the class.</summary>
internal sealed class NoiseDataSet(int count) : IDataSet
{
    public string Name => "noise";

    public int Count => count;

    public int Channels => 1;

    public int Height => 14;

    public int Width => 14;

    public int Classes => 3;

    public int Label(int index) => index % Classes;

    public void CopyImage(int index, Span<float> chw)
    {
        var random = new RandomSource(77, 0, (ulong)index);
        foreach (ref var value in chw) value = (Label(index) * 0.25f) + random.NextSingle(0, 0.5f);
    }
}
