namespace SparseKernels.Scheduling.Cost;

/// <summary>The drivers of passes; each has terms of its own for its time.</summary>
internal enum Driver
{
    /// <summary><see cref="TapPass"/>, channels in lanes.</summary>
    Tap,

    /// <summary><see cref="BatchTapPass"/>.</summary>
    BatchTap,

    /// <summary><see cref="TapPass"/> of a depthwise convolution.</summary>
    LaneTap,

    /// <summary><see cref="SparseDataPass"/>: x of Forward or dy of BackwardData fine.</summary>
    SparseData,

    /// <summary><see cref="SparseWeightPass"/>: w fine.</summary>
    SparseWeight,

    /// <summary><see cref="MaskedResultPass"/>: y of Forward or dx of BackwardData fine.</summary>
    MaskedResult,

    /// <summary><see cref="WeightGradientPass"/>.</summary>
    WeightGradient,

    /// <summary><see cref="DepthwiseWeightGradientPass"/>.</summary>
    DepthwiseWeightGradient,

    /// <summary><see cref="SparseWeightGradientPass"/>, x fine.</summary>
    SparseInputGradient,

    /// <summary><see cref="SparseWeightGradientPass"/>, dy fine.</summary>
    SparseOutputGradient,

    /// <summary><see cref="MaskedWeightGradientPass"/>: dw fine.</summary>
    MaskedWeightGradient,
}
