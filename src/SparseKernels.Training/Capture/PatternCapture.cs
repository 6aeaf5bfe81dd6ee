using System.Globalization;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Capture;

/// <summary>
/// Writes the patterns of every convolution that it observes, each to its own file: <c>epoch-003/features.0.patterns</c>.
/// </summary>
internal sealed class PatternCapture(string folder) : IConvolutionObserver
{
    private int _epoch;
    private long _step;

    /// <summary>Sets what the next observations belong to.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">Steps taken before.</param>
    public void Begin(int epoch, long step) => (_epoch, _step) = (epoch, step);

    /// <inheritdoc/>
    public void Observe(string layer, ConvolutionShape shape, BlockedTensor x, BlockedTensor dy)
    {
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"epoch-{_epoch:000}"), layer + PatternFile.Extension);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PatternFile.Write(path, ConvolutionPatterns.Of(layer, _epoch, _step, shape, x, dy));
    }
}
