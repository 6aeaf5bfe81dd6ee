using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary>
/// Group normalisation's backward pass. The first sweep takes two sums for each channel of each image, Σdy and Σdy·(x − mean); the second is
/// <c>dx = scale·dy + slope·(x − mean) + offset</c>, over dy, where slope and offset carry the groups' two sums.
/// </summary>
internal readonly unsafe struct GroupNormaliseBackward(GroupNorm layer, GroupVectors vectors, BlockedTensor x, BlockedTensor dy) : IPairedWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void First(int plane, int ahead)
    {
        var plain = vectors.SumsOf(plane);
        new Span<double>(plain, GroupVectors.Stride).Clear();
        var mean = Lanes.Load(vectors.Mean + ((nint)plane * Lanes.Count));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run), next = x + _x.StepOf(ahead), nextOfDy = dy + _dy.StepOf(ahead);
            for (nint i = 0; i < length;)
            {
                var (sum, product) = (Lanes.Zero, Lanes.Zero);
                for (var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), length); i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(next + i);
                    Ahead.Prefetch(nextOfDy + i);
                    var g = Lanes.Load(dy + i);
                    sum += g;
                    product = Lanes.MultiplyAdd(g, Lanes.Load(x + i) - mean, product);
                }

                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(product, plain + Lanes.Count);
            }
        }
    }

    public void Between(int unit, int count) => layer.UseGradientSums(in _x, unit, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var at = (nint)plane * Lanes.Count;
        var (mean, scale) = (Lanes.Load(vectors.Mean + at), Lanes.Load(vectors.Scale + at));
        var (slope, offset) = (Lanes.Load(vectors.Slope + at), Lanes.Load(vectors.Offset + at));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), dy = _dy.Row(plane, run), next = x + _x.StepOf(ahead), nextOfDy = dy + _dy.StepOf(ahead);
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(next + i);
                Ahead.Prefetch(nextOfDy + i);
                Lanes.MultiplyAdd(Lanes.Load(dy + i), scale, Lanes.MultiplyAdd(Lanes.Load(x + i) - mean, slope, offset)).Store(dy + i);
            }
        }
    }
}
