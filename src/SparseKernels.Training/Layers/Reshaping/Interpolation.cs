using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>The two pixels along one direction that an output lies between.</summary>
/// <param name="First">The one before it.</param>
/// <param name="Second">The one behind it; the same at the border.</param>
/// <param name="Share">How much of the second it takes, from 0 to 1.</param>
internal readonly record struct Between(int First, int Second, float Share);

/// <summary><c>y[p, q]</c> is the mean of four pixels, weighted by how near they are.</summary>
internal readonly unsafe struct Interpolation(Between[] rows, Between[] columns, BlockedTensor x, BlockedTensor y) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        for (var p = 0; p < rows.Length; p++)
        {
            float* above = _x.Row(plane, rows[p].First), below = _x.Row(plane, rows[p].Second);
            var (lower, upper) = (Lanes.Broadcast(rows[p].Share), Lanes.Broadcast(1 - rows[p].Share));
            var y = _y.Row(plane, p);
            foreach (var column in columns)
            {
                nint first = (nint)column.First * Lanes.Count, second = (nint)column.Second * Lanes.Count;
                var (right, left) = (Lanes.Broadcast(column.Share), Lanes.Broadcast(1 - column.Share));
                var top = Lanes.MultiplyAdd(Lanes.Load(above + first), left, Lanes.Load(above + second) * right);
                var bottom = Lanes.MultiplyAdd(Lanes.Load(below + first), left, Lanes.Load(below + second) * right);
                Lanes.MultiplyAdd(top, upper, bottom * lower).Store(y);
                y += Lanes.Count;
            }
        }
    }
}

/// <summary>The gradient: each output's goes to its four pixels by the same weights.</summary>
internal readonly unsafe struct InterpolationBackward(Between[] rows, Between[] columns, BlockedTensor dy, BlockedTensor dx) : IPlaneWork
{
    private readonly PlaneView _dy = new(dy);
    private readonly PlaneView _dx = new(dx);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        _dx.Clear(plane);
        for (var p = 0; p < rows.Length; p++)
        {
            float* above = _dx.Row(plane, rows[p].First), below = _dx.Row(plane, rows[p].Second);
            var (lower, upper) = (Lanes.Broadcast(rows[p].Share), Lanes.Broadcast(1 - rows[p].Share));
            var dy = _dy.Row(plane, p);
            foreach (var column in columns)
            {
                nint first = (nint)column.First * Lanes.Count, second = (nint)column.Second * Lanes.Count;
                var g = Lanes.Load(dy);
                dy += Lanes.Count;
                var (right, left) = (g * Lanes.Broadcast(column.Share), g * Lanes.Broadcast(1 - column.Share));

                // One after the other: at the border two of the four are one pixel.
                Add(above + first, left * upper);
                Add(above + second, right * upper);
                Add(below + first, left * lower);
                Add(below + second, right * lower);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* to, Lanes g) => (Lanes.Load(to) + g).Store(to);
}
