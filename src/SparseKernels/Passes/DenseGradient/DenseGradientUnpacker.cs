using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>
/// Sums the partial weight gradients of the batch's shares, in ascending order, and writes them as plain <c>[K, C/Groups, R, S]</c>.
/// </summary>
/// <param name="geometry">The Forward geometry of the convolution.</param>
/// <param name="splits">Shares.</param>
/// <param name="splitLength">Floats from one share to the next.</param>
/// <param name="places">For each plain tap r·S + s: its place among the taps that read the image, or −1; its gradient is then zero.</param>
internal readonly unsafe struct DenseGradientUnpacker(TapGeometry geometry, int splits, nint splitLength, int[] places)
{
    private const int Block = LaneBlock.Size;

    /// <summary>Taps transposed at a time: a row of the scratch on the stack is this long.</summary>
    private const int TapsAtOnce = 64;

    /// <summary>Unpacks one panel of one group.</summary>
    /// <returns>Whether all of it is finite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Unpack(float* partials, float* dw, nint panelOffset, int group, OutputPanel panel)
    {
        var first = dw + (nint)group * geometry.OutC * geometry.OutWeightStep;
        var row = stackalloc float[TapsAtOnce * Block];
        var nonFinite = Vector128<uint>.Zero;
        for (var lane = 0; lane < panel.Width; lane += Block)
        {
            var k = panel.FirstLane + lane;
            var planes = Math.Min(Block, geometry.OutC - k);
            for (var c = 0; c < geometry.InC; c++)
            {
                var block = c / Block;
                var channels = Math.Min(Block, geometry.InC - block * Block);
                var from = partials + panelOffset + (nint)block * Block * geometry.TapCount * panel.Width + (nint)(c % Block) * panel.Width + lane;
                var to = first + (nint)k * geometry.OutWeightStep + (nint)c * geometry.InWeightStep;
                for (var tap = 0; tap < places.Length; tap += TapsAtOnce)
                {
                    var taps = Math.Min(TapsAtOnce, places.Length - tap);
                    for (var i = 0; i < taps; i++)
                    {
                        var place = places[tap + i];
                        if (place < 0) new Span<float>(row + i * Block, Block).Clear();
                        else nonFinite |= SumShares(from + (nint)place * channels * panel.Width, row + i * Block);
                    }

                    Transpose.LanesToPlanes(row, taps, to + tap, geometry.OutWeightStep, planes);
                }
            }
        }

        return nonFinite == Vector128<uint>.Zero;
    }

    /// <summary>Adds up the shares of 16 lanes; what isn't finite among their sums has its bits set.</summary>
    private Vector128<uint> SumShares(float* from, float* to)
    {
        var nonFinite = Vector128<uint>.Zero;
        for (var lane = 0; lane < Block; lane += Vector128<float>.Count)
        {
            var sum = Vector128.Load(from + lane);
            for (var split = 1; split < splits; split++) sum += Vector128.Load(from + split * splitLength + lane);
            sum.Store(to + lane);
            nonFinite |= Finiteness.NonFinite(sum);
        }

        return nonFinite;
    }
}
