namespace SparseKernels.Scheduling.Cost;

/// <summary>A pass and the driver that runs it: what coefficients are fitted for.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Driver">The driver.</param>
internal readonly record struct DriverPass(ConvolutionPass Pass, Driver Driver)
{
    /// <summary>Every one there is, by <see cref="Index"/>.</summary>
    public static IReadOnlyList<DriverPass> All { get; } = List();

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
    public override string ToString() => s_names[Index];

    private static readonly string[] s_names = Array.ConvertAll(List(), one => string.Concat(one.Pass.ToString(), "/", one.Driver.ToString()).ToLowerInvariant());

    private static DriverPass[] List()
    {
        var all = new DriverPass[3 * (int)Driver.WeightGradient];
        var count = 0;
        for (var pass = ConvolutionPass.Forward; pass <= ConvolutionPass.BackwardWeights; pass++)
        {
            var isGradient = pass == ConvolutionPass.BackwardWeights;
            var last = isGradient ? Driver.MaskedWeightGradient : Driver.MaskedResult;
            for (var driver = isGradient ? Driver.WeightGradient : Driver.Tap; driver <= last; driver++) all[count++] = new(pass, driver);
        }

        return all[..count];
    }
}
