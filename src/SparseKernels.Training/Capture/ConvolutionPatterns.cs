using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Capture;

/// <summary>Where one convolution's tensors were non-zero in one training step.</summary>
/// <param name="Layer">Its path in the network.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">Steps taken before.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Input">Non-zeros of x.</param>
/// <param name="OutputGradient">Non-zeros of dy.</param>
/// <param name="InputMask">
/// The elements of dx that are wanted: where the ReLU below passed its input on; all, where no ReLU stands below.
/// </param>
internal sealed record ConvolutionPatterns(
    string Layer, int Epoch, long Step, ConvolutionShape Shape, FineMask Input, FineMask OutputGradient, FineMask InputMask)
{
    /// <summary>Takes the patterns of a step.</summary>
    public static ConvolutionPatterns Of(string layer, int epoch, long step, ConvolutionShape shape, BlockedTensor x, BlockedTensor dy)
    {
        var (input, gradient, mask) = (MaskOf(x), MaskOf(dy), MaskOf(x));
        input.Update(x);
        gradient.Update(dy);

        // What a ReLU gave, directly or through a pooling, has no negative element and passes gradients where it is not zero.
        var rectified = true;
        foreach (var value in x.AsSpan()) rectified &= !(value < 0);
        if (rectified) mask.Update(x);
        else mask.Fill(true);
        return new ConvolutionPatterns(layer, epoch, step, shape, input, gradient, mask);
    }

    private static FineMask MaskOf(BlockedTensor tensor) => new(tensor.N, tensor.C, tensor.H, tensor.W);
}
