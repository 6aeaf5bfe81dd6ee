namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>Where an enlarged image's pixels come from.</summary>
public enum UpsampleMode
{
    /// <summary>The pixel at ⌊p·H/P⌋.</summary>
    Nearest,

    /// <summary>The four pixels around it, weighted by how near they are; pixels are squares, whose outer edges meet.</summary>
    Bilinear,

    /// <summary>The same, but pixels are points: the centres of the corners meet (<c>align_corners</c>).</summary>
    BilinearAlignedCorners,
}
