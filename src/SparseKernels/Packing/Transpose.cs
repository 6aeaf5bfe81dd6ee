using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseKernels.Packing;

/// <summary>
/// Turns planes (one contiguous run of pixels per channel or image) into lanes (16 of them side by side per pixel) and back,
/// with 8 × 8 register transposes on x64 and 4 × 4 on Arm. Tails go element by element.
/// </summary>
internal static unsafe class Transpose
{
    private const int Block = BlockedTensor.Block;

    /// <summary><c>destination[i·pixelStep + p] = source[p·planeStep + i]</c>; lanes from <paramref name="planes"/> to <paramref name="lanes"/> are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PlanesToLanes(float* source, nint planeStep, int planes, int pixels, float* destination, int lanes, nint pixelStep)
    {
        var done = 0;
        if (planes == Block && lanes == Block)
        {
            if (Avx.IsSupported)
            {
                for (; done + 8 <= pixels; done += 8)
                {
                    Transpose8x8(source + done, planeStep, destination + done * pixelStep, pixelStep);
                    Transpose8x8(source + done + 8 * planeStep, planeStep, destination + done * pixelStep + 8, pixelStep);
                }
            }
            else if (AdvSimd.Arm64.IsSupported)
            {
                for (; done + 4 <= pixels; done += 4)
                {
                    for (var p = 0; p < Block; p += 4) Transpose4x4(source + done + p * planeStep, planeStep, destination + done * pixelStep + p, pixelStep);
                }
            }
        }

        for (var i = done; i < pixels; i++)
        {
            var to = destination + i * pixelStep;
            for (var p = 0; p < planes; p++) to[p] = source[p * planeStep + i];
            for (var p = planes; p < lanes; p++) to[p] = 0;
        }
    }

    /// <summary><c>destination[p·planeStep + i] = source[i·16 + p]</c> for the first <paramref name="planes"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LanesToPlanes(float* source, int pixels, float* destination, nint planeStep, int planes)
    {
        var done = 0;
        if (planes == Block)
        {
            if (Avx.IsSupported)
            {
                for (; done + 8 <= pixels; done += 8)
                {
                    Transpose8x8(source + done * Block, Block, destination + done, planeStep);
                    Transpose8x8(source + done * Block + 8, Block, destination + done + 8 * planeStep, planeStep);
                }
            }
            else if (AdvSimd.Arm64.IsSupported)
            {
                for (; done + 4 <= pixels; done += 4)
                {
                    for (var p = 0; p < Block; p += 4) Transpose4x4(source + done * Block + p, Block, destination + done + p * planeStep, planeStep);
                }
            }
        }

        for (var p = 0; p < planes; p++)
        {
            var to = destination + p * planeStep;
            for (var i = done; i < pixels; i++) to[i] = source[(nint)i * Block + p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8(float* source, nint sourceStep, float* destination, nint destinationStep)
    {
        var r0 = Vector256.Load(source);
        var r1 = Vector256.Load(source + sourceStep);
        var r2 = Vector256.Load(source + 2 * sourceStep);
        var r3 = Vector256.Load(source + 3 * sourceStep);
        var r4 = Vector256.Load(source + 4 * sourceStep);
        var r5 = Vector256.Load(source + 5 * sourceStep);
        var r6 = Vector256.Load(source + 6 * sourceStep);
        var r7 = Vector256.Load(source + 7 * sourceStep);
        var a0 = Avx.UnpackLow(r0, r1);
        var a1 = Avx.UnpackHigh(r0, r1);
        var a2 = Avx.UnpackLow(r2, r3);
        var a3 = Avx.UnpackHigh(r2, r3);
        var a4 = Avx.UnpackLow(r4, r5);
        var a5 = Avx.UnpackHigh(r4, r5);
        var a6 = Avx.UnpackLow(r6, r7);
        var a7 = Avx.UnpackHigh(r6, r7);
        var b0 = Avx.Shuffle(a0, a2, 0x44);
        var b1 = Avx.Shuffle(a0, a2, 0xEE);
        var b2 = Avx.Shuffle(a1, a3, 0x44);
        var b3 = Avx.Shuffle(a1, a3, 0xEE);
        var b4 = Avx.Shuffle(a4, a6, 0x44);
        var b5 = Avx.Shuffle(a4, a6, 0xEE);
        var b6 = Avx.Shuffle(a5, a7, 0x44);
        var b7 = Avx.Shuffle(a5, a7, 0xEE);
        Avx.Permute2x128(b0, b4, 0x20).Store(destination);
        Avx.Permute2x128(b1, b5, 0x20).Store(destination + destinationStep);
        Avx.Permute2x128(b2, b6, 0x20).Store(destination + 2 * destinationStep);
        Avx.Permute2x128(b3, b7, 0x20).Store(destination + 3 * destinationStep);
        Avx.Permute2x128(b0, b4, 0x31).Store(destination + 4 * destinationStep);
        Avx.Permute2x128(b1, b5, 0x31).Store(destination + 5 * destinationStep);
        Avx.Permute2x128(b2, b6, 0x31).Store(destination + 6 * destinationStep);
        Avx.Permute2x128(b3, b7, 0x31).Store(destination + 7 * destinationStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* source, nint sourceStep, float* destination, nint destinationStep)
    {
        var r0 = Vector128.Load(source);
        var r1 = Vector128.Load(source + sourceStep);
        var r2 = Vector128.Load(source + 2 * sourceStep);
        var r3 = Vector128.Load(source + 3 * sourceStep);
        var a0 = AdvSimd.Arm64.ZipLow(r0, r2);
        var a1 = AdvSimd.Arm64.ZipHigh(r0, r2);
        var a2 = AdvSimd.Arm64.ZipLow(r1, r3);
        var a3 = AdvSimd.Arm64.ZipHigh(r1, r3);
        AdvSimd.Arm64.ZipLow(a0, a2).Store(destination);
        AdvSimd.Arm64.ZipHigh(a0, a2).Store(destination + destinationStep);
        AdvSimd.Arm64.ZipLow(a1, a3).Store(destination + 2 * destinationStep);
        AdvSimd.Arm64.ZipHigh(a1, a3).Store(destination + 3 * destinationStep);
    }
}
