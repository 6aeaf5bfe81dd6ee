namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>What lies around a padded image.</summary>
public enum PadMode
{
    /// <summary>One value everywhere.</summary>
    Constant,

    /// <summary>The image mirrored in its outermost pixels, which are not repeated.</summary>
    Reflect,

    /// <summary>The nearest pixel of the image.</summary>
    Replicate,
}
