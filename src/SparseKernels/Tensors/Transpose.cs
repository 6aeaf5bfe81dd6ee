using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using SparseKernels.Isa;

namespace SparseKernels.Tensors;

/// <summary>
/// Turns planes (one contiguous run of pixels per channel or image) into lanes (16 of them side by side per pixel) and back,
/// with register transposes: 8 × 8 on x64, then 4 × 4 there and on Arm. Tails go element by element.
/// </summary>
internal static unsafe class Transpose
{
    private const int Block = LaneBlock.Size;

    private static bool Has4x4
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Sse.IsSupported || AdvSimd.Arm64.IsSupported;
    }

    /// <summary>
    /// <c>destination[i·pixelStep + p] = source[p·planeStep + i]</c>; lanes from <paramref name="planes"/> to <paramref name="lanes"/> are
    /// zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PlanesToLanes(float* source, nint planeStep, int planes, int pixels, float* destination, int lanes, nint pixelStep)
    {
        var done = 0;
        if (planes == Block && lanes == Block)
        {
            if (Avx.IsSupported && pixels == Block)
            {
                Square(source, planeStep, destination, pixelStep);
                return;
            }

            for (; Avx.IsSupported && done + 8 <= pixels; done += 8)
            {
                Transpose8x8(source + done, planeStep, destination + done * pixelStep, pixelStep);
                Transpose8x8(source + done + 8 * planeStep, planeStep, destination + done * pixelStep + 8, pixelStep);
            }

            for (; Has4x4 && done + 4 <= pixels; done += 4)
            {
                for (var p = 0; p < Block; p += 4) Transpose4x4(
                    source + done + p * planeStep, planeStep, destination + done * pixelStep + p, pixelStep);
            }
        }

        for (var i = done; i < pixels; i++)
        {
            var to = destination + i * pixelStep;
            for (var p = 0; p < planes; p++) to[p] = source[p * planeStep + i];
            for (var p = planes; p < lanes; p++) to[p] = 0;
        }
    }

    /// <summary>
    /// As the other, so many times over: the next source lies <paramref name="sourceStep"/> floats behind the last, its destination
    /// <paramref name="destinationStep"/>. Full squares take turns without a call between them, which is what memory's speed asks for.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PlanesToLanes(
        float* source, nint planeStep, int planes, int pixels, nint sourceStep, float* destination, int lanes, nint pixelStep, nint destinationStep, int count)
    {
        if (Avx.IsSupported && planes == Block && lanes == Block && pixels == Block)
        {
            for (; count > 0; count--, source += sourceStep, destination += destinationStep) Square(
                source, planeStep, destination, pixelStep);
            return;
        }

        for (; count > 0; count--, source += sourceStep, destination += destinationStep)
            PlanesToLanes(source, planeStep, planes, pixels, destination, lanes, pixelStep);
    }

    /// <summary>
    /// 16 planes and 16 pixels. Planes may lie a multiple of the page size apart and so share their cache set: each one's line is used
    /// up before the next ones push it out.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* source, nint planeStep, float* destination, nint pixelStep)
    {
        Transpose8x8(source, planeStep, destination, pixelStep);
        Transpose8x8(source + 8, planeStep, destination + 8 * pixelStep, pixelStep);
        Transpose8x8(source + 8 * planeStep, planeStep, destination + 8, pixelStep);
        Transpose8x8(source + 8 * planeStep + 8, planeStep, destination + 8 * pixelStep + 8, pixelStep);
    }

    /// <summary><c>destination[p·planeStep + i] = source[i·pixelStep + p]</c> for the first <paramref name="planes"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LanesToPlanes(float* source, int pixels, float* destination, nint planeStep, int planes, nint pixelStep = Block)
    {
        var done = 0;
        if (planes == Block)
        {
            for (; Avx.IsSupported && done + 8 <= pixels; done += 8)
            {
                Transpose8x8(source + done * pixelStep, pixelStep, destination + done, planeStep);
                Transpose8x8(source + done * pixelStep + 8, pixelStep, destination + done + 8 * planeStep, planeStep);
            }

            for (; Has4x4 && done + 4 <= pixels; done += 4)
            {
                for (var p = 0; p < Block; p += 4) Transpose4x4(
                    source + done * pixelStep + p, pixelStep, destination + done + p * planeStep, planeStep);
            }
        }

        for (var p = 0; p < planes; p++)
        {
            var to = destination + p * planeStep;
            for (var i = done; i < pixels; i++) to[i] = source[i * pixelStep + p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8(float* source, nint sourceStep, float* destination, nint destinationStep)
    {
        var r0 = LoadHalves(source, source + 4 * sourceStep);
        var r1 = LoadHalves(source + sourceStep, source + 5 * sourceStep);
        var r2 = LoadHalves(source + 2 * sourceStep, source + 6 * sourceStep);
        var r3 = LoadHalves(source + 3 * sourceStep, source + 7 * sourceStep);
        var r4 = LoadHalves(source + 4, source + 4 * sourceStep + 4);
        var r5 = LoadHalves(source + sourceStep + 4, source + 5 * sourceStep + 4);
        var r6 = LoadHalves(source + 2 * sourceStep + 4, source + 6 * sourceStep + 4);
        var r7 = LoadHalves(source + 3 * sourceStep + 4, source + 7 * sourceStep + 4);
        var a0 = Avx.UnpackLow(r0, r1);
        var a1 = Avx.UnpackHigh(r0, r1);
        var a2 = Avx.UnpackLow(r2, r3);
        var a3 = Avx.UnpackHigh(r2, r3);
        var a4 = Avx.UnpackLow(r4, r5);
        var a5 = Avx.UnpackHigh(r4, r5);
        var a6 = Avx.UnpackLow(r6, r7);
        var a7 = Avx.UnpackHigh(r6, r7);
        Avx.Shuffle(a0, a2, 0x44).Store(destination);
        Avx.Shuffle(a0, a2, 0xEE).Store(destination + destinationStep);
        Avx.Shuffle(a1, a3, 0x44).Store(destination + 2 * destinationStep);
        Avx.Shuffle(a1, a3, 0xEE).Store(destination + 3 * destinationStep);
        Avx.Shuffle(a4, a6, 0x44).Store(destination + 4 * destinationStep);
        Avx.Shuffle(a4, a6, 0xEE).Store(destination + 5 * destinationStep);
        Avx.Shuffle(a5, a7, 0x44).Store(destination + 6 * destinationStep);
        Avx.Shuffle(a5, a7, 0xEE).Store(destination + 7 * destinationStep);
    }

    /// <summary>Four floats of one row and four of the row four below: their later exchange of halves costs no shuffle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LoadHalves(float* low, float* high) => Vector256.Create(Vector128.Load(low), Vector128.Load(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* source, nint sourceStep, float* destination, nint destinationStep)
    {
        var r0 = Vector128.Load(source);
        var r1 = Vector128.Load(source + sourceStep);
        var r2 = Vector128.Load(source + 2 * sourceStep);
        var r3 = Vector128.Load(source + 3 * sourceStep);
        var (a0, a1) = Interleave(r0, r2);
        var (a2, a3) = Interleave(r1, r3);
        var (b0, b1) = Interleave(a0, a2);
        var (b2, b3) = Interleave(a1, a3);
        b0.Store(destination);
        b1.Store(destination + destinationStep);
        b2.Store(destination + 2 * destinationStep);
        b3.Store(destination + 3 * destinationStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Low, Vector128<float> High) Interleave(Vector128<float> a, Vector128<float> b) => Sse.IsSupported
        ? (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b))
        : (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
}
