using System.Runtime.CompilerServices;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary>
/// One row of an image, or of 16 images: for each pixel the largest of all channels, then the sum of the exponentials, then y. Where
/// channels are the lanes, a last step over the 16 lanes makes one number of each.
/// </summary>
internal readonly unsafe struct SoftmaxForward(BlockedTensor x, BlockedTensor y, float* pixels) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);
    private readonly float* _pixels = pixels;

    /// <summary>Rows of all images or blocks of images.</summary>
    public static int Items(BlockedTensor tensor)
    {
        var view = new PlaneView(tensor);
        return view.Count / view.PlanesOfImages * view.Height;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (first, row) = (plane / _x.Height * _x.PlanesOfImages, plane % _x.Height);
        var end = first + _x.PlanesOfImages;
        var kept = _pixels + ((nint)plane * _x.Width * 2 * Lanes.Count);
        var lowest = Lanes.Broadcast(float.NegativeInfinity);
        for (nint i = 0; i < _x.Width * Lanes.Count; i += Lanes.Count, kept += 2 * Lanes.Count)
        {
            var largest = lowest;
            for (var p = first; p < end; p++)
                largest = Lanes.Max(largest, Lanes.Select(_x.Filled(p), Lanes.Load(_x.Row(p, row) + i), lowest));
            if (!_x.LanesAreImages) largest = Lanes.Broadcast(largest.Largest());

            var sum = Lanes.Zero;
            for (var p = first; p < end; p++)
            {
                var e = Lanes.Exp(Lanes.Load(_x.Row(p, row) + i) - largest) & _x.Filled(p);
                e.Store(_y.Row(p, row) + i);
                sum += e;
            }

            if (!_x.LanesAreImages) sum = Lanes.Broadcast(sum.Sum());
            var share = Lanes.Broadcast(1) / sum;
            for (var p = first; p < end; p++)
            {
                var y = _y.Row(p, row) + i;
                (Lanes.Load(y) * share & _x.Filled(p)).Store(y);
            }

            largest.Store(kept);
            share.Store(kept + Lanes.Count);
        }
    }
}

/// <summary>The gradient of the same row, over dy: <c>dx_c = y_c · (dy_c − Σ_c' y_c'·dy_c')</c>.</summary>
internal readonly unsafe struct SoftmaxBackward(BlockedTensor x, BlockedTensor dy, float* pixels) : IPlaneWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _dy = new(dy);
    private readonly float* _pixels = pixels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plane(int plane)
    {
        var (first, row) = (plane / _x.Height * _x.PlanesOfImages, plane % _x.Height);
        var end = first + _x.PlanesOfImages;
        var kept = _pixels + ((nint)plane * _x.Width * 2 * Lanes.Count);
        for (nint i = 0; i < _x.Width * Lanes.Count; i += Lanes.Count, kept += 2 * Lanes.Count)
        {
            var (largest, share) = (Lanes.Load(kept), Lanes.Load(kept + Lanes.Count));
            var sum = Lanes.Zero;
            for (var p = first; p < end; p++)
                sum += Lanes.Exp(Lanes.Load(_x.Row(p, row) + i) - largest) * share * Lanes.Load(_dy.Row(p, row) + i) & _x.Filled(p);
            if (!_x.LanesAreImages) sum = Lanes.Broadcast(sum.Sum());
            for (var p = first; p < end; p++)
            {
                var dy = _dy.Row(p, row) + i;
                var y = Lanes.Exp(Lanes.Load(_x.Row(p, row) + i) - largest) * share;
                (y * (Lanes.Load(dy) - sum) & _x.Filled(p)).Store(dy);
            }
        }
    }
}
