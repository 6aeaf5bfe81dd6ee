using SparseKernels.Geometry;

namespace SparseKernels.Passes.WeightFine;

/// <summary>Neighbouring output pixels of one phase and image that are neighbouring lanes of one vector of sums.</summary>
/// <param name="Position">The vector, from the start of the segment.</param>
/// <param name="Lane">The first lane.</param>
/// <param name="Image">The image.</param>
/// <param name="H">The output row.</param>
/// <param name="W">The first output column; the next ones are the phase's column step apart.</param>
/// <param name="Columns">How many.</param>
internal readonly record struct LaneStrip(int Position, int Lane, int Image, int H, int W, int Columns);

/// <summary>
/// The output pixels of a segment of vectors, strip after strip; lanes past the last image, row or column have none. The segment starts
/// <paramref name="first"/> vectors after the first vector of row <paramref name="row"/> of a work item's phase.
/// </summary>
internal ref struct LaneStrips(SlotPanel panel, TapPhase phase, int image, int itemRow, int row, int first, int count)
{
    private readonly int _vectorsOfRow = panel.Slots * panel.ImageBlocks;
    private int _position = 0;
    private int _lane = -1;

    public LaneStrip Current { get; private set; }

    public readonly LaneStrips GetEnumerator() => this;

    public bool MoveNext()
    {
        var lanes = panel.Lanes;
        while (_position < count)
        {
            if (++_lane == lanes.Images * lanes.Bands)
            {
                (_lane, _position) = (-1, _position + 1);
                continue;
            }

            var (r, inRow) = (row + (first + _position) / _vectorsOfRow, (first + _position) % _vectorsOfRow);
            var (slot, block) = (inRow / panel.ImageBlocks, inRow % panel.ImageBlocks);
            var n = image + block * lanes.Images + _lane / lanes.Bands;
            var phaseRow = itemRow + _lane % lanes.Bands * panel.Rows + r;
            var column = slot * lanes.Columns;
            var columns = Math.Min(lanes.Columns, phase.Columns - column);
            if (n >= panel.Geometry.Shape.N || phaseRow >= phase.Rows || columns <= 0) continue;
            Current = new(
                _position, _lane * lanes.Columns, n, phase.StartH + phaseRow * panel.Geometry.OutStepH,
                phase.StartW + column * panel.Geometry.OutStepW, columns);
            return true;
        }

        return false;
    }
}
