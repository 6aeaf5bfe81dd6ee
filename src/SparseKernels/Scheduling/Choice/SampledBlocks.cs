namespace SparseKernels.Scheduling.Choice;

/// <summary>How much of an operand is looked at to estimate its density: a microsecond or two of a call.</summary>
internal static class SampledBlocks
{
    /// <summary>Blocks of 16 elements of x or dy.</summary>
    public const int OfImages = 256;

    /// <summary>Words of a mask.</summary>
    public const int OfMask = 512;

    /// <summary>Runs of weights that a call has to look at each time.</summary>
    public const int OfPlainWeights = 256;

    /// <summary>Runs of weights that many calls share.</summary>
    public const int OfPackedWeights = 512;
}
