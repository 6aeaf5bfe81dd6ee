using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes;

/// <summary>A pass and a way to run it: what coefficients of times are fitted for.</summary>
/// <param name="Index">Its place in <see cref="PassCatalogue.Rows"/>.</param>
/// <param name="Pass">The pass.</param>
/// <param name="Way">The way.</param>
internal sealed record PassRow(int Index, ConvolutionPass Pass, PassWay Way)
{
    private readonly string _name = $"{Pass.ToString().ToLowerInvariant()}/{Way.Name}";

    /// <summary>As calibration files have it: <c>forward/datafine</c>.</summary>
    public override string ToString() => _name;
}
