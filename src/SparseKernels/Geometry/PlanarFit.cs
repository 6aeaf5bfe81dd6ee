using SparseKernels.Tensors;

namespace SparseKernels.Geometry;

/// <summary>Whether a pass can read and write planar tensors where they lie; found once, asked at every call.</summary>
internal sealed class PlanarFit
{
    private readonly TapGeometry _g;
    private readonly bool _canBe;
    private readonly bool _isSplit;
    private readonly int _gap;

    /// <param name="geometry">Forward or BackwardData.</param>
    public PlanarFit(TapGeometry geometry)
    {
        _g = geometry;
        _canBe = CanBe(geometry);
        _isSplit = _canBe && geometry is not { InStepH: 1, InStepW: 1 };
        _gap = _isSplit ? PlanarSplit.NeededGap(geometry) : 0;
    }

    /// <summary>Whether there are planar tensors that suit a pass: all but BackwardData of a stride, and next to nothing but padding.</summary>
    public static bool CanBe(TapGeometry geometry) => geometry is { OutStepH: 1, OutStepW: 1, IsScattered: false };

    /// <summary>Whether Forward reads planar tensors in place, all of which have this border.</summary>
    public static bool SuitsForward(ConvolutionShape shape, Padding2D border) => new PlanarFit(TapGeometry.Forward(shape, BlockedLayout.Planar)).Suits(
        PlaneStrides.Of(BlockedLayout.Planar, shape.H, shape.W, border), border, PlaneStrides.Of(BlockedLayout.Planar, shape.P, shape.Q, border));

    /// <summary>
    /// Whether tensors suit it. Rows must be as far apart in both and the border as wide as the taps reach; or under a stride, where a copy of
    /// the data is read, the gaps between rows equal and wide enough.
    /// </summary>
    /// <param name="data">Of x or dy.</param>
    /// <param name="border">Of x or dy.</param>
    /// <param name="result">Of y or dx.</param>
    public bool Suits(PlaneStrides data, Padding2D border, PlaneStrides result)
    {
        if (!_canBe) return false;
        if (!_isSplit) return data.Row == result.Row && TensorPlaces.Suffices(border, _g.Border);
        var gap = data.Row - _g.InW;
        return result.Row == _g.OutW + gap && gap >= _gap;
    }
}
