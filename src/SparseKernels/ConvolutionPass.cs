namespace SparseKernels;

/// <summary>The three passes of a convolution in training.</summary>
public enum ConvolutionPass
{
    /// <summary><c>y</c> from <c>x</c> and <c>w</c>.</summary>
    Forward,

    /// <summary><c>dx</c> from <c>dy</c> and <c>w</c>.</summary>
    BackwardData,

    /// <summary><c>dw</c> from <c>x</c> and <c>dy</c>.</summary>
    BackwardWeights,
}
