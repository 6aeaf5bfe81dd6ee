using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>Some images of a data set, as one of their own.</summary>
internal sealed class DataSubset : IDataSet
{
    private readonly IDataSet _data;
    private readonly int[] _indices;

    /// <summary>Takes images by their indices.</summary>
    /// <param name="data">Where they are from.</param>
    /// <param name="indices">Which; the array itself is kept.</param>
    public DataSubset(IDataSet data, int[] indices) => (_data, _indices) = (data, indices);

    public string Name => _data.Name;

    public int Count => _indices.Length;

    public int Channels => _data.Channels;

    public int Height => _data.Height;

    public int Width => _data.Width;

    public int Classes => _data.Classes;

    public IReadOnlyList<string> ClassNames => _data.ClassNames;

    public IReadOnlyDictionary<string, string> Settings => _data.Settings;

    /// <summary>The image's index in the whole data set.</summary>
    public int IndexOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_indices.Length, nameof(index));
        return _indices[index];
    }

    public int Label(int index) => _data.Label(IndexOf(index));

    public void CopyImage(int index, Span<float> chw) => _data.CopyImage(IndexOf(index), chw);

    public void CopyTrainingImage(int index, Span<float> chw, ref RandomSource random) =>
        _data.CopyTrainingImage(IndexOf(index), chw, ref random);
}
