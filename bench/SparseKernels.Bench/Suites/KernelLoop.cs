using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Suites;

/// <summary>
/// One micro-kernel with operands that stay in L1, so that nothing but the kernel itself bounds it: a tile summed over
/// <see cref="Depth"/> steps.
/// </summary>
internal sealed unsafe class KernelLoop : IDisposable
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Elements of both operands together: 20 KiB, under two thirds of the smallest L1 around.</summary>
    private const int OperandLength = 5120;

    /// <summary>Entries of a list of wanted results.</summary>
    private const int ListedResults = 16;

    private readonly KernelEntry _kernel;
    private readonly AlignedBuffer _x, _w, _y;

    /// <summary>Zeros: what a tap kernel starts from, and what dot products are added to.</summary>
    private readonly AlignedBuffer _row;

    private readonly IntBuffer _xOffsets, _yOffsets, _runs;

    /// <summary>Fills the operands with random numbers in [−1, 1).</summary>
    /// <param name="kernel">The kernel; it must run on this machine.</param>
    public KernelLoop(KernelEntry kernel)
    {
        _kernel = kernel;
        var (x, w) = kernel.Family switch
        {
            KernelFamily.Tap or KernelFamily.OuterProduct => (kernel.Rows, kernel.Width),
            KernelFamily.LaneTap => (kernel.Rows * Block, Block),
            KernelFamily.BatchTap => (Block, kernel.Rows),
            KernelFamily.Spmm or KernelFamily.List or KernelFamily.StridedList => (1, kernel.Rows * kernel.Width),
            KernelFamily.Sddmm => (kernel.Rows * Block, Block),
            KernelFamily.ListSddmm or KernelFamily.StridedListSddmm => (kernel.Rows * Block, kernel.Rows * Block),
            KernelFamily.Dot => (kernel.Rows * Block, kernel.Vectors * Block),
            _ => throw new ArgumentException($"{kernel.Id}: no loop for the family {kernel.Family}.", nameof(kernel)),
        };
        Depth = OperandLength / (x + w);
        var more = IsListOfResults ? ListedResults * Block : 0;
        (_x, _w, _y, _row) = (
            new((x * Depth) + more), new(w * Depth), new((kernel.Rows * Math.Max(kernel.Width, Block)) + more), new(Math.Max(kernel.Width, kernel.Rows)));
        var starts = Math.Max(Math.Max(kernel.Rows, Depth), ListedResults);
        (_xOffsets, _yOffsets, _runs) = (new(starts), new(kernel.Rows), new(3));
        var random = new Random(1);
        foreach (ref var value in X) value = (2 * random.NextSingle()) - 1;
        foreach (ref var value in W) value = (2 * random.NextSingle()) - 1;

        // The rows of the tile are taps' or pixels' starts in x; those of the outer product, the scalars of each step.
        // For a sparse operand's entries they are where in the panel each one's vectors start.
        var step = kernel.Family switch
        {
            KernelFamily.LaneTap or KernelFamily.Sddmm or KernelFamily.Dot => Depth * Block,
            KernelFamily.OuterProduct => kernel.Rows,
            KernelFamily.Spmm or KernelFamily.List or KernelFamily.StridedList => kernel.Rows * kernel.Width,
            KernelFamily.ListSddmm or KernelFamily.StridedListSddmm => Block,
            _ => Depth,
        };
        for (var i = 0; i < starts; i++) _xOffsets.Pointer[i] = i * step;
        for (var i = 0; i < kernel.Rows; i++) _yOffsets.Pointer[i] = i * Block;
        // A tap kernel's run is an offset and a length, a dot product's two offsets and a length, a list's the range of its entries.
        var length = kernel.Family is KernelFamily.Tap or KernelFamily.Spmm or KernelFamily.List or KernelFamily.StridedList ? Depth : Depth * Block;
        (_runs.Pointer[0], _runs.Pointer[1], _runs.Pointer[2]) = IsDotProduct ? (0, 0, length) : (0, IsListOfResults ? ListedResults : length, 0);
    }

    /// <summary>Steps that a call sums.</summary>
    public int Depth { get; }

    /// <summary>Operations of a call, a multiply-add counted as two.</summary>
    public long Operations => 2L * _kernel.Rows * (IsDotProduct ? ResultLanes * Block : IsListOfResults ? ListedResults * Block : _kernel.Width) * Depth;

    /// <summary>The operand that is broadcast, or for batch-blocked and depthwise kernels the images' or pixels' lanes.</summary>
    public Span<float> X => new(_x.Pointer, (int)_x.Length);

    /// <summary>Rows of the result.</summary>
    public int ResultRows => IsListOfResults ? ListedResults : _kernel.Rows;

    /// <summary>Lanes of a row of the result: dot products have one for each column, listed ones a vector.</summary>
    public int ResultLanes => _kernel.Family switch
    {
        KernelFamily.Sddmm => 1,
        KernelFamily.ListSddmm or KernelFamily.StridedListSddmm => _kernel.Lanes,
        KernelFamily.Dot => _kernel.Vectors,
        _ => _kernel.Width,
    };

    /// <summary>The other operand.</summary>
    public Span<float> W => new(_w.Pointer, (int)_w.Length);

    /// <summary>The tile: element (row, lane) lies at <see cref="TileIndex"/>.</summary>
    public Span<float> Y => _kernel.Family == KernelFamily.Sddmm ? new(_row.Pointer, (int)_row.Length) : new(_y.Pointer, (int)_y.Length);

    /// <summary>Where an element of the tile lies in <see cref="Y"/>.</summary>
    public int TileIndex(int row, int lane) => IsTap
        ? (lane / Block * _kernel.Rows * Block) + (row * Block) + (lane % Block)
        : _kernel.Family == KernelFamily.Dot ? (lane * _kernel.Rows) + row
        : (row * ResultLanes) + lane;

    private bool IsDotProduct => _kernel.Family is KernelFamily.Sddmm or KernelFamily.Dot;

    private bool IsListOfResults => _kernel.Family is KernelFamily.ListSddmm or KernelFamily.StridedListSddmm;

    private bool IsTap => _kernel.Family is KernelFamily.Tap or KernelFamily.LaneTap;

    /// <summary>Calls the kernel.</summary>
    /// <param name="times">How often.</param>
    public void Run(int times)
    {
        switch (_kernel.Family)
        {
            case KernelFamily.OuterProduct: RunOuterProduct(times); break;
            case KernelFamily.Spmm: RunSpmm(times); break;
            case KernelFamily.Sddmm: RunSddmm(times); break;
            case KernelFamily.List or KernelFamily.StridedList: RunList(times); break;
            case KernelFamily.ListSddmm or KernelFamily.StridedListSddmm: RunListSddmm(times); break;
            case KernelFamily.Dot: RunDot(times); break;
            default: RunTap(times); break;
        }
    }

    private void RunOuterProduct(int times)
    {
        var arguments = new OuterProductArguments
        {
            Scalars = _x.Pointer,
            ScalarOffsets = _xOffsets.Pointer,
            Vectors = _w.Pointer,
            Steps = Depth,
            Accumulators = _y.Pointer,
            RowStep = _kernel.Width,
            BlockStep = Block,
        };
        var kernel = (delegate*<OuterProductArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunSpmm(int times)
    {
        var arguments = new SpmmArguments
        {
            Offsets = _xOffsets.Pointer,
            Values = _x.Pointer,
            Starts = _runs.Pointer,
            StartStep = 1,
            Span = 1,
            Rows = 1,
            Panel = _w.Pointer,
            Y = _y.Pointer,
            YBlockStep = Block,
        };
        var kernel = (delegate*<SpmmArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunSddmm(int times)
    {
        var arguments = new SddmmArguments
        {
            X = _x.Pointer,
            XOffsets = _xOffsets.Pointer,
            V = _w.Pointer,
            Runs = _runs.Pointer,
            RunCount = 1,
            Sums = _row.Pointer,
        };
        var kernel = (delegate*<SddmmArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunList(int times)
    {
        var arguments = new ListArguments
        {
            Offsets = _xOffsets.Pointer,
            Values = _x.Pointer,
            Starts = _runs.Pointer,
            Channels = 1,
            X = _w.Pointer,
            XStep = Block,
            Y = _y.Pointer,
            YStep = Block,
        };
        var kernel = (delegate*<ListArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunListSddmm(int times)
    {
        var arguments = new ListSddmmArguments
        {
            Offsets = _xOffsets.Pointer,
            Starts = _runs.Pointer,
            Channels = 1,
            X = _x.Pointer,
            XStep = Block,
            V = _w.Pointer,
            Sums = _y.Pointer,
            Tiles = Depth,
        };
        var kernel = (delegate*<ListSddmmArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunDot(int times)
    {
        var arguments = new DotArguments
        {
            X = _x.Pointer,
            XOffsets = _xOffsets.Pointer,
            V = _w.Pointer,
            VStep = Depth * Block,
            Runs = _runs.Pointer,
            RunCount = 1,
            Sums = _y.Pointer,
            SumStep = _kernel.Rows,
        };
        var kernel = (delegate*<DotArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    private void RunTap(int times)
    {
        var arguments = new TapArguments
        {
            X = _x.Pointer,
            XOffsets = _xOffsets.Pointer,
            W = _w.Pointer,
            Y = _y.Pointer,
            YOffsets = _yOffsets.Pointer,
            YBlockStep = IsTap ? _kernel.Rows * Block : _kernel.Width,
            Initial = _row.Pointer,
            Runs = _runs.Pointer,
            RunCount = 1,
        };
        var kernel = (delegate*<TapArguments*, void>)_kernel.Function;
        for (var i = 0; i < times; i++) kernel(&arguments);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { _x, _w, _y, _row, _xOffsets, _yOffsets, _runs }) owned.Dispose();
    }
}
