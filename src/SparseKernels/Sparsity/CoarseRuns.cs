namespace SparseKernels.Sparsity;

/// <summary>
/// Where the groups of weights <c>[K, C/Groups, R, S]</c> lie. Weights are a matrix of K rows (output channels) and C/Groups·R·S columns;
/// blocks of rows and runs of columns cut it into groups, numbered block by block.
/// </summary>
internal sealed class CoarseRuns
{
    private readonly ConvolutionShape _shape;
    private readonly int[] _runOf;
    private readonly int[] _columns;
    private readonly int _taps;

    public CoarseRuns(ConvolutionShape shape, CoarseGroup group)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Positive(group.OutputChannels, "output");
        Positive(group.InputChannels, "input");
        (_shape, Rows) = (shape, group.OutputChannels);
        RowLength = shape.GroupC * shape.R * shape.S;
        Blocks = CeilingOf(shape.K, Rows);
        var filterRows = group.WholeFilter ? 1 : shape.R;
        Runs = CeilingOf(shape.GroupC, group.InputChannels) * filterRows;
        InputChannels = Math.Min(group.InputChannels, shape.GroupC);
        FilterRows = filterRows;
        _taps = shape.R * shape.S;
        _runOf = new int[RowLength];
        _columns = new int[Runs];
        for (var column = 0; column < RowLength; column++)
        {
            var row = group.WholeFilter ? 0 : column % _taps / shape.S;
            _runOf[column] = column / _taps / group.InputChannels * filterRows + row;
            _columns[_runOf[column]]++;
        }
    }

    /// <summary>Rows of a block; the last may have fewer.</summary>
    public int Rows { get; }

    /// <summary>Columns of the matrix.</summary>
    public int RowLength { get; }

    public int Blocks { get; }

    /// <summary>Runs of a block, <c>[⌈(C/Groups)/InputChannels⌉, R]</c>, or without R where a run is of whole filters.</summary>
    public int Runs { get; }

    /// <summary>Input channels of a run; the last may have fewer.</summary>
    public int InputChannels { get; }

    /// <summary>Runs of the same input channels: R, or 1 where a run is of whole filters.</summary>
    public int FilterRows { get; }

    public int Groups => checked(Blocks * Runs);

    /// <summary>The run that holds each column.</summary>
    public ReadOnlySpan<int> RunOf => _runOf;

    /// <summary>Columns of each run.</summary>
    public ReadOnlySpan<int> Columns => _columns;

    public int RowsOf(int block) => Math.Min(Rows, _shape.K - block * Rows);

    /// <summary>Weights of a group.</summary>
    public int WeightsOf(int block, int run) => RowsOf(block) * _columns[run];

    /// <summary>The columns that hold all of some consecutive runs, and at most others of the same input channels.</summary>
    public (int First, int End) ColumnsOf(int firstRun, int count)
    {
        var (first, end) = (firstRun / FilterRows, (firstRun + count - 1) / FilterRows + 1);
        return (first * InputChannels * _taps, (int)Math.Min((long)end * InputChannels * _taps, RowLength));
    }

    private static int CeilingOf(int a, int b) => a / b + (a % b == 0 ? 0 : 1);

    private static void Positive(int channels, string side)
    {
        if (channels < 1)
            throw new ArgumentOutOfRangeException("group", $"a coarse group needs at least one {side} channel, got {channels}.");
    }
}
