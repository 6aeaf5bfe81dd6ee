namespace SparseKernels.Scheduling.Cost;

/// <summary>A pass and the driver that runs it: what coefficients are fitted for.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Driver">The driver.</param>
internal readonly record struct DriverPass(ConvolutionPass Pass, Driver Driver)
{
    /// <summary>Every one there is, by <see cref="Index"/>.</summary>
    public static IReadOnlyList<DriverPass> All { get; } =
    [
        .. from pass in Enum.GetValues<ConvolutionPass>()
           from driver in Enum.GetValues<Driver>()
           where pass == ConvolutionPass.BackwardWeights == driver >= Driver.WeightGradient
           select new DriverPass(pass, driver),
    ];

    /// <summary>Its place in <see cref="All"/>.</summary>
    public int Index => Pass == ConvolutionPass.BackwardWeights ? (int)Pass * (int)Driver.WeightGradient + Driver - Driver.WeightGradient : (int)Pass * (int)Driver.WeightGradient + (int)Driver;

    /// <summary>What its coefficients multiply, in their order.</summary>
    public ReadOnlySpan<string> TermNames => Driver switch
    {
        Driver.Tap or Driver.LaneTap => TapTerms.Names,
        Driver.BatchTap => BatchTapTerms.Names,
        Driver.SparseData => SparseDataTerms.Names,
        Driver.SparseWeight => SparseWeightTerms.Names,
        Driver.MaskedResult => MaskedResultTerms.Names,
        Driver.WeightGradient => WeightGradientTerms.Names,
        Driver.DepthwiseWeightGradient => DepthwiseWeightGradientTerms.Names,
        Driver.SparseInputGradient or Driver.SparseOutputGradient => SparseWeightGradientTerms.Names,
        _ => MaskedWeightGradientTerms.Names,
    };

    /// <summary>As calibration files have it: <c>forward/sparsedata</c>.</summary>
    public override string ToString() => $"{Pass}/{Driver}".ToLowerInvariant();
}
