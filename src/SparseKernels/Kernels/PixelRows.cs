using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

#pragma warning disable CS0649, IDE0044 // The rows are changed in place, through their own members.

/// <summary>
/// The accumulators of a few output pixels, each with a pointer to its own input pixel, so that a tile may run over the ends of
/// image rows and over images, for any stride.
/// </summary>
/// <remarks>
/// Here, in <see cref="IPanelRows{TColumns, TIsa, TVector}"/> and in <see cref="IScalarRows{TColumns, TIsa, TVector}"/> each height of a
/// tile is a struct written out by hand, on purpose: the JIT keeps accumulators in registers where they are fields of nested structs. In
/// arrays, spans and inline arrays they stay in memory, and the kernel is 3 to 5 times slower.
/// </remarks>
internal unsafe interface IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Pixels in the tile.</summary>
    static abstract int Count { get; }

    /// <summary>Points the rows at their input pixels.</summary>
    void Point(float* x, int* offsets);

    /// <summary>Starts every row with the same values.</summary>
    void Fill(float* source);

    void Load(float* y, int* offsets, nint blockStep);

    void Store(float* y, int* offsets, nint blockStep);

    /// <summary>Adds to every row its input element <paramref name="i"/> times <paramref name="w"/>.</summary>
    void MultiplyAdd(nint i, in TColumns w);

    /// <summary>Adds to every row its input block at <paramref name="i"/> times <paramref name="w"/>, lane by lane.</summary>
    void MultiplyAddLanes(nint i, in TColumns w);

    /// <summary>Adds to every row its input vector at <paramref name="i"/> times each of <paramref name="vectors"/>, lane by lane.</summary>
    void MultiplyAddVectors(nint i, in TColumns vectors);

    /// <summary>Adds each row's sum over its lanes to <c>sums[row]</c>.</summary>
    void AddSums(float* sums);

    /// <summary>Adds the sum over one vector of each row to <c>sums[row]</c>.</summary>
    void AddSums(float* sums, int vector);
}

/// <summary>One pixel.</summary>
internal unsafe struct PixelRows1<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0;
    private float* _x0;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector));
    }
}

/// <summary>Two pixels.</summary>
internal unsafe struct PixelRows2<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1;
    private float* _x0, _x1;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
        _x1 = x + offsets[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
        _r1.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
        _r1.Load(y + offsets[1], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
        _r1.Store(y + offsets[1], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
        _r1.MultiplyAdd(TIsa.Broadcast(_x1 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
        _r1.MultiplyAdd(in w, _x1 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
        _r1.MultiplyAdd(TIsa.Load(_x1 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold(), _r1.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector), _r1.Fold(vector));
    }
}

/// <summary>Three pixels.</summary>
internal unsafe struct PixelRows3<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2;
    private float* _x0, _x1, _x2;

    public static int Count => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
        _x1 = x + offsets[1];
        _x2 = x + offsets[2];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
        _r1.Load(source);
        _r2.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
        _r1.Load(y + offsets[1], blockStep);
        _r2.Load(y + offsets[2], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
        _r1.Store(y + offsets[1], blockStep);
        _r2.Store(y + offsets[2], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
        _r1.MultiplyAdd(TIsa.Broadcast(_x1 + i), in w);
        _r2.MultiplyAdd(TIsa.Broadcast(_x2 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
        _r1.MultiplyAdd(in w, _x1 + i, 0);
        _r2.MultiplyAdd(in w, _x2 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
        _r1.MultiplyAdd(TIsa.Load(_x1 + i), in vectors);
        _r2.MultiplyAdd(TIsa.Load(_x2 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold(), _r1.Fold());
        LaneSums.Add(sums + 2, _r2.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector), _r1.Fold(vector));
        LaneSums.Add(sums + 2, _r2.Fold(vector));
    }
}
