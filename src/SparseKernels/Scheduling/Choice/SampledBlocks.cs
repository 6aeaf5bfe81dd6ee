using SparseKernels.Isa;

namespace SparseKernels.Scheduling.Choice;

/// <summary>How much of an operand is looked at to estimate its density: a microsecond or two of a call.</summary>
internal static class SampledBlocks
{
    private const int FewestOfImages = 64, MostOfImages = 256;

    /// <summary>Of a small tensor, whose whole call takes microseconds, one block in so many.</summary>
    private const int StepOfImages = 8;

    /// <summary>Words of a mask.</summary>
    public const int OfMask = 512;

    /// <summary>Runs of weights that a call has to look at each time.</summary>
    public const int OfPlainWeights = 256;

    /// <summary>Runs of weights that many calls share.</summary>
    public const int OfPackedWeights = 512;

    /// <summary>Blocks of 16 elements of x or dy.</summary>
    /// <param name="elements">How many it has.</param>
    public static int OfImages(long elements) =>
        (int)Math.Clamp(elements / LaneBlock.Size / StepOfImages, FewestOfImages, MostOfImages);
}
