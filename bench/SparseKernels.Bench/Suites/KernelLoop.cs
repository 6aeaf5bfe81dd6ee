using SparseKernels.Kernels;
using SparseKernels.Memory;

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

    private readonly KernelEntry _kernel;
    private readonly AlignedBuffer _x, _w, _y, _zeros;
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
            _ => throw new ArgumentException($"{kernel.Id}: no loop for the family {kernel.Family}.", nameof(kernel)),
        };
        Depth = OperandLength / (x + w);
        (_x, _w, _y, _zeros) = (new(x * Depth), new(w * Depth), new(kernel.Rows * kernel.Width), new(kernel.Width));
        var starts = Math.Max(kernel.Rows, Depth);
        (_xOffsets, _yOffsets, _runs) = (new(starts), new(kernel.Rows), new(2));
        var random = new Random(1);
        foreach (ref var value in X) value = (2 * random.NextSingle()) - 1;
        foreach (ref var value in W) value = (2 * random.NextSingle()) - 1;

        // The rows of the tile are taps' or pixels' starts in x; those of the outer product, the scalars of each step.
        var step = kernel.Family switch { KernelFamily.LaneTap => Depth * Block, KernelFamily.OuterProduct => kernel.Rows, _ => Depth };
        for (var i = 0; i < starts; i++) _xOffsets.Pointer[i] = i * step;
        for (var i = 0; i < kernel.Rows; i++) _yOffsets.Pointer[i] = i * Block;
        (_runs.Pointer[0], _runs.Pointer[1]) = (0, kernel.Family == KernelFamily.Tap ? Depth : Depth * Block);
    }

    /// <summary>Steps that a call sums.</summary>
    public int Depth { get; }

    /// <summary>Operations of a call, a multiply-add counted as two.</summary>
    public long Operations => 2L * _kernel.Rows * _kernel.Width * Depth;

    /// <summary>The operand that is broadcast, or for batch-blocked and depthwise kernels the images' or pixels' lanes.</summary>
    public Span<float> X => new(_x.Pointer, (int)_x.Length);

    /// <summary>The other operand.</summary>
    public Span<float> W => new(_w.Pointer, (int)_w.Length);

    /// <summary>The tile: element (row, lane) lies at <see cref="TileIndex"/>.</summary>
    public Span<float> Y => new(_y.Pointer, (int)_y.Length);

    /// <summary>Where an element of the tile lies in <see cref="Y"/>.</summary>
    public int TileIndex(int row, int lane) => IsTap
        ? (lane / Block * _kernel.Rows * Block) + (row * Block) + (lane % Block)
        : (row * _kernel.Width) + lane;

    private bool IsTap => _kernel.Family is KernelFamily.Tap or KernelFamily.LaneTap;

    /// <summary>Calls the kernel.</summary>
    /// <param name="times">How often.</param>
    public void Run(int times)
    {
        if (_kernel.Family == KernelFamily.OuterProduct)
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
        else
        {
            var arguments = new TapArguments
            {
                X = _x.Pointer,
                XOffsets = _xOffsets.Pointer,
                W = _w.Pointer,
                Y = _y.Pointer,
                YOffsets = _yOffsets.Pointer,
                YBlockStep = IsTap ? _kernel.Rows * Block : _kernel.Width,
                Initial = _zeros.Pointer,
                Runs = _runs.Pointer,
                RunCount = 1,
            };
            var kernel = (delegate*<TapArguments*, void>)_kernel.Function;
            for (var i = 0; i < times; i++) kernel(&arguments);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { _x, _w, _y, _zeros, _xOffsets, _yOffsets, _runs }) owned.Dispose();
    }
}
