using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>The bias gradient: <c>dbias[k] = Σ_{n,p,q} dy[n,k,p,q]</c>, rows of pixels in single precision, images in double.</summary>
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
                for (var h = 0; h < Dy.H; h++) sum += TensorPrimitives.Sum(new ReadOnlySpan<float>(Dy.Row(n, k, h), Dy.W * Block));
            }

            return sum;
        }

        private readonly void AddPlain(int n, int k, int channels, double* sums)
        {
            for (var i = 0; i < channels; i++)
                sums[i] += TensorPrimitives.Sum(new ReadOnlySpan<float>(Dy.Row(n, k + i, 0), Dy.H * Dy.W));
        }

        private readonly void AddBlocked(int n, int k, double* sums)
        {
            var pixel = Dy.Row(n, k, 0);
            Vector128<float> a = default, b = default, c = default, d = default;
            for (var i = 0; i < Dy.H * Dy.W; i++, pixel += Block)
            {
                a += Vector128.Load(pixel);
                b += Vector128.Load(pixel + 4);
                c += Vector128.Load(pixel + 8);
                d += Vector128.Load(pixel + 12);
            }

            for (var i = 0; i < 4; i++)
            {
                sums[i] += a[i];
                sums[i + 4] += b[i];
                sums[i + 8] += c[i];
                sums[i + 12] += d[i];
            }
        }
    }
}
