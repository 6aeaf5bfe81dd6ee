using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Reshaping;

/// <summary><c>y[p, q] = x[rows[p], columns[q]]</c>, or a constant where one of the two is negative.</summary>
internal readonly unsafe struct PixelMap(int[] rows, int[] columns, float constant, BlockedTensor x, BlockedTensor y) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var outside = Lanes.Broadcast(constant) & _y.Filled(plane);
        for (var p = 0; p < rows.Length; p++)
        {
            var row = _x.Row(plane, Math.Max(0, rows[p]));
            var y = _y.Row(plane, p);
            foreach (var w in columns)
            {
                ((rows[p] | w) < 0 ? outside : Lanes.Load(row + ((nint)w * Lanes.Count))).Store(y);
                y += Lanes.Count;
            }
        }
    }
}

/// <summary>The gradient: each pixel's is the sum of those of the pixels that it was copied to.</summary>
internal readonly unsafe struct PixelMapBackward(int[] rows, int[] columns, BlockedTensor dy, BlockedTensor dx) : IPlaneWork
{
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _dx = new(dx);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        _dx.Clear(plane);
        for (var p = 0; p < rows.Length; p++)
        {
            if (rows[p] < 0) continue;
            var row = _dx.Row(plane, rows[p]);
            var dy = _dy.Row(plane, p);
            foreach (var w in columns)
            {
                var g = Lanes.Load(dy);
                dy += Lanes.Count;
                if (w < 0) continue;
                var to = row + ((nint)w * Lanes.Count);
                (Lanes.Load(to) + g).Store(to);
            }
        }
    }
}
