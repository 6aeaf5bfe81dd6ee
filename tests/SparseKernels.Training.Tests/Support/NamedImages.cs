using SparseKernels.Training.Data;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Images of a data set, the first four of whose classes have names.</summary>
internal sealed class NamedImages(IDataSet inner) : IDataSet
{
    public string Name => inner.Name;

    public int Count => inner.Count;

    public int Channels => inner.Channels;

    public int Height => inner.Height;

    public int Width => inner.Width;

    public int Classes => ClassNames.Count;

    public IReadOnlyList<string> ClassNames { get; } = ["left", "right", "up", "down"];

    public int Label(int index) => inner.Label(index) % Classes;

    public void CopyImage(int index, Span<float> chw) => inner.CopyImage(index, chw);
}
