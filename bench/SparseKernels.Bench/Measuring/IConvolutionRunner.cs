namespace SparseKernels.Bench.Measuring;

/// <summary>One implementation of a layer's passes, ready to be timed.</summary>
internal interface IConvolutionRunner : IDisposable
{
    /// <summary>Does a pass once: what is timed.</summary>
    void Run(ConvolutionPass pass);

    /// <summary>Does a pass once and hands back its result, plain: what is checked.</summary>
    float[] Compute(ConvolutionPass pass);
}
