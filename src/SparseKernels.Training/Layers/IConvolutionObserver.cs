using SparseKernels.Tensors;

namespace SparseKernels.Training.Layers;

/// <summary>Sees what the convolutions of a network read in a training step.</summary>
internal interface IConvolutionObserver
{
    /// <summary>A convolution begins its backward passes.</summary>
    /// <param name="layer">Its path in the network.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="x">The input of its Forward.</param>
    /// <param name="dy">The output's gradient.</param>
    void Observe(string layer, ConvolutionShape shape, BlockedTensor x, BlockedTensor dy);
}
