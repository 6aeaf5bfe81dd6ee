namespace SparseKernels.Packing;

/// <summary>Whole-tensor conversions between plain NCHW and the blocked layouts.</summary>
internal static unsafe class LayoutConversion
{
    private const int Block = BlockedTensor.Block;

    public static void FromNchw(float* source, BlockedTensor destination)
    {
        for (var n = 0; n < destination.N; n++)
        {
            for (var c = 0; c < destination.C; c++)
            {
                var plane = source + ((nint)n * destination.C + c) * destination.H * destination.W;
                var (to, step) = PlaneOf(destination, n, c);
                for (var i = 0; i < destination.H * destination.W; i++) to[(nint)i * step] = plane[i];
            }
        }
    }

    public static void ToNchw(BlockedTensor source, float* destination)
    {
        for (var n = 0; n < source.N; n++)
        {
            for (var c = 0; c < source.C; c++)
            {
                var plane = destination + ((nint)n * source.C + c) * source.H * source.W;
                var (from, step) = PlaneOf(source, n, c);
                for (var i = 0; i < source.H * source.W; i++) plane[i] = from[(nint)i * step];
            }
        }
    }

    public static void Convert(BlockedTensor source, BlockedTensor destination)
    {
        if (source.Layout == destination.Layout)
        {
            source.AsSpan().CopyTo(destination.AsSpan());
            return;
        }

        for (var n = 0; n < source.N; n++)
        {
            for (var c = 0; c < source.C; c++)
            {
                var (from, fromStep) = PlaneOf(source, n, c);
                var (to, toStep) = PlaneOf(destination, n, c);
                for (var i = 0; i < source.H * source.W; i++) to[(nint)i * toStep] = from[(nint)i * fromStep];
            }
        }
    }

    /// <summary>The first pixel of one image's channel and the step to the next pixel.</summary>
    private static (nint First, int Step) PlaneAddress(BlockedTensor t, int n, int c)
    {
        nint pixels = t.H * t.W;
        return t.Layout == BlockedLayout.ChannelBlocked
            ? (((nint)n * t.ChannelBlocks + c / Block) * pixels * Block + c % Block, Block)
            : (((nint)(n / Block) * t.C + c) * pixels * Block + n % Block, Block);
    }

    private static (Plane First, int Step) PlaneOf(BlockedTensor t, int n, int c)
    {
        var (first, step) = PlaneAddress(t, n, c);
        return (new Plane(t.Pointer + first), step);
    }

    private readonly struct Plane(float* first)
    {
        private readonly float* _first = first;

        public ref float this[nint index] => ref _first[index];
    }
}
