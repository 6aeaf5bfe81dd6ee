using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Pooling;

/// <summary>
/// <c>y[p, q] = Σ x[h, w] / (count_p · count_q)</c> over the rows of p and the columns of q: every pooling that takes means.
/// </summary>
internal readonly unsafe struct Means(MeanRange[] rows, MeanRange[] columns, BlockedTensor x, BlockedTensor y) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        for (var p = 0; p < rows.Length; p++)
        {
            var range = rows[p];
            var y = _y.Row(plane, p);
            foreach (var taps in columns)
            {
                var sum = Lanes.Zero;
                for (var h = range.First; h < range.End; h++)
                {
                    var row = _x.Row(plane, h);
                    for (var w = taps.First; w < taps.End; w++) sum += Lanes.Load(row + ((nint)w * Lanes.Count));
                }

                (sum * Lanes.Broadcast(1f / ((float)range.Count * taps.Count))).Store(y);
                y += Lanes.Count;
            }
        }
    }
}

/// <summary>The gradient: each output's, divided by its count, goes to every pixel that its mean is over.</summary>
internal readonly unsafe struct MeansBackward(MeanRange[] rows, MeanRange[] columns, BlockedTensor dy, BlockedTensor dx) : IPlaneWork
{
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _dx = new(dx);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        _dx.Clear(plane);
        for (var p = 0; p < rows.Length; p++)
        {
            var range = rows[p];
            var dy = _dy.Row(plane, p);
            foreach (var taps in columns)
            {
                var g = Lanes.Load(dy) * Lanes.Broadcast(1f / ((float)range.Count * taps.Count));
                dy += Lanes.Count;
                for (var h = range.First; h < range.End; h++)
                {
                    var row = _dx.Row(plane, h);
                    for (var w = taps.First; w < taps.End; w++)
                    {
                        var to = row + ((nint)w * Lanes.Count);
                        (Lanes.Load(to) + g).Store(to);
                    }
                }
            }
        }
    }
}
