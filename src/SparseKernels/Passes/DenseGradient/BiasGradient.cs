using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>
/// The bias gradient: <c>dbias[k] = Σ_{n,p,q} dy[n,k,p,q]</c>, in double precision: dy's signs cancel, so that a sum in single is often of few
/// right digits.
/// </summary>
internal static unsafe class BiasGradient
{
    private const int Block = LaneBlock.Size;

    public static void Run(in ImageView dy, int images, float* dbias, int threads)
    {
        var work = new Work { Dy = dy, Images = images, Dbias = dbias };
        WorkerPool.Shared.Run(ref work, LaneBlock.Count(dy.C), threads);
    }

    private struct Work : IWork
    {
        public ImageView Dy;
        public int Images;
        public float* Dbias;

        public readonly void Do(int item, int worker)
        {
            var k = item * Block;
            var channels = Math.Min(Block, Dy.C - k);
            var sums = stackalloc double[Block];
            new Span<double>(sums, Block).Clear();
            if (Dy.IsBatchBlocked)
            {
                for (var i = 0; i < channels; i++) sums[i] = BatchSum(k + i);
            }

            for (var n = 0; n < Images && !Dy.IsBatchBlocked; n++)
            {
                if (Dy.Blocked) AddBlocked(n, k, sums);
                else AddPlain(n, k, channels, sums);
            }

            for (var i = 0; i < channels; i++) Dbias[k + i] = (float)sums[i];
        }

        private readonly double BatchSum(int k)
        {
            var sum = 0.0;
            for (var n = 0; n < Images; n += Block)
            {
                for (var h = 0; h < Dy.H; h++) sum += Sum(Dy.Row(n, k, h), (nint)Dy.W * Block);
            }

            return sum;
        }

        private readonly void AddPlain(int n, int k, int channels, double* sums)
        {
            for (var i = 0; i < channels; i++) sums[i] += Sum(Dy.Row(n, k + i, 0), (nint)Dy.H * Dy.W);
        }

        private readonly void AddBlocked(int n, int k, double* sums)
        {
            var pixel = Dy.Row(n, k, 0);
            var (a, b, c, d) = (Vector256.Load(sums), Vector256.Load(sums + 4), Vector256.Load(sums + 8), Vector256.Load(sums + 12));
            for (var i = 0; i < Dy.H * Dy.W; i++, pixel += Block)
            {
                var (first, second) = Vector256.Widen(Vector256.Load(pixel));
                var (third, fourth) = Vector256.Widen(Vector256.Load(pixel + Vector256<float>.Count));
                a += first;
                b += second;
                c += third;
                d += fourth;
            }

            a.Store(sums);
            b.Store(sums + 4);
            c.Store(sums + 8);
            d.Store(sums + 12);
        }

        private static double Sum(float* from, nint count)
        {
            Vector256<double> even = default, odd = default;
            nint i = 0;
            for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var (low, high) = Vector256.Widen(Vector256.Load(from + i));
                even += low;
                odd += high;
            }

            var sum = Vector256.Sum(even + odd);
            for (; i < count; i++) sum += from[i];
            return sum;
        }
    }
}
