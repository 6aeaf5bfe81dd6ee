using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>Labelled images of one size, each reachable by its index from any thread.</summary>
public interface IDataSet
{
    /// <summary>What it is, for people: <c>CIFAR-10 test</c>.</summary>
    string Name { get; }

    /// <summary>Images.</summary>
    int Count { get; }

    /// <summary>Channels of an image.</summary>
    int Channels { get; }

    /// <summary>Height of an image.</summary>
    int Height { get; }

    /// <summary>Width of an image.</summary>
    int Width { get; }

    /// <summary>Classes; labels run from 0 to Classes − 1.</summary>
    int Classes { get; }

    /// <summary>What each class is called, by its label; empty where nobody has named them. A checkpoint keeps the names.</summary>
    IReadOnlyList<string> ClassNames => [];

    /// <summary>
    /// What the images depend on beside their files, by key: sizes, how copies for training are drawn. A checkpoint keeps it, and a run goes
    /// on only where it is the same.
    /// </summary>
    IReadOnlyDictionary<string, string> Settings => s_noSettings;

    private static readonly Dictionary<string, string> s_noSettings = [];

    /// <summary>The class of an image.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <returns>The label.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    int Label(int index);

    /// <summary>Copies an image.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <param name="chw"><c>[C, H, W]</c>, overwritten with intensities from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="ArgumentException"><paramref name="chw"/> has not C·H·W elements.</exception>
    void CopyImage(int index, Span<float> chw);

    /// <summary>
    /// Copies an image to be learnt from: drawn anew each time by a data set that augments its images itself, since it has the originals;
    /// the same as <see cref="CopyImage"/> for any other.
    /// </summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <param name="chw"><c>[C, H, W]</c>, overwritten with intensities from 0 to 1.</param>
    /// <param name="random">Decides alone: a source in the same state gives the same bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="ArgumentException"><paramref name="chw"/> has not C·H·W elements.</exception>
    void CopyTrainingImage(int index, Span<float> chw, ref RandomSource random) => CopyImage(index, chw);
}
