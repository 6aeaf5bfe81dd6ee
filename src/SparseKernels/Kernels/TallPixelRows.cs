using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

#pragma warning disable CS0649, IDE0044 // The rows are changed in place, through their own members.

// Flat like the lower tiles on purpose: two groups of rows in one struct end the inlining of some tiles on AVX-512 and NEON.

/// <summary>Four pixels.</summary>
internal unsafe struct PixelRows4<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3;
    private float* _x0, _x1, _x2, _x3;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
        _x1 = x + offsets[1];
        _x2 = x + offsets[2];
        _x3 = x + offsets[3];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
        _r1.Load(source);
        _r2.Load(source);
        _r3.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
        _r1.Load(y + offsets[1], blockStep);
        _r2.Load(y + offsets[2], blockStep);
        _r3.Load(y + offsets[3], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
        _r1.Store(y + offsets[1], blockStep);
        _r2.Store(y + offsets[2], blockStep);
        _r3.Store(y + offsets[3], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
        _r1.MultiplyAdd(TIsa.Broadcast(_x1 + i), in w);
        _r2.MultiplyAdd(TIsa.Broadcast(_x2 + i), in w);
        _r3.MultiplyAdd(TIsa.Broadcast(_x3 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
        _r1.MultiplyAdd(in w, _x1 + i, 0);
        _r2.MultiplyAdd(in w, _x2 + i, 0);
        _r3.MultiplyAdd(in w, _x3 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
        _r1.MultiplyAdd(TIsa.Load(_x1 + i), in vectors);
        _r2.MultiplyAdd(TIsa.Load(_x2 + i), in vectors);
        _r3.MultiplyAdd(TIsa.Load(_x3 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold(), _r1.Fold(), _r2.Fold(), _r3.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector), _r1.Fold(vector), _r2.Fold(vector), _r3.Fold(vector));
    }
}

/// <summary>Five pixels.</summary>
internal unsafe struct PixelRows5<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4;
    private float* _x0, _x1, _x2, _x3, _x4;

    public static int Count => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
        _x1 = x + offsets[1];
        _x2 = x + offsets[2];
        _x3 = x + offsets[3];
        _x4 = x + offsets[4];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
        _r1.Load(source);
        _r2.Load(source);
        _r3.Load(source);
        _r4.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
        _r1.Load(y + offsets[1], blockStep);
        _r2.Load(y + offsets[2], blockStep);
        _r3.Load(y + offsets[3], blockStep);
        _r4.Load(y + offsets[4], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
        _r1.Store(y + offsets[1], blockStep);
        _r2.Store(y + offsets[2], blockStep);
        _r3.Store(y + offsets[3], blockStep);
        _r4.Store(y + offsets[4], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
        _r1.MultiplyAdd(TIsa.Broadcast(_x1 + i), in w);
        _r2.MultiplyAdd(TIsa.Broadcast(_x2 + i), in w);
        _r3.MultiplyAdd(TIsa.Broadcast(_x3 + i), in w);
        _r4.MultiplyAdd(TIsa.Broadcast(_x4 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
        _r1.MultiplyAdd(in w, _x1 + i, 0);
        _r2.MultiplyAdd(in w, _x2 + i, 0);
        _r3.MultiplyAdd(in w, _x3 + i, 0);
        _r4.MultiplyAdd(in w, _x4 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
        _r1.MultiplyAdd(TIsa.Load(_x1 + i), in vectors);
        _r2.MultiplyAdd(TIsa.Load(_x2 + i), in vectors);
        _r3.MultiplyAdd(TIsa.Load(_x3 + i), in vectors);
        _r4.MultiplyAdd(TIsa.Load(_x4 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold(), _r1.Fold(), _r2.Fold(), _r3.Fold());
        LaneSums.Add(sums + 4, _r4.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector), _r1.Fold(vector), _r2.Fold(vector), _r3.Fold(vector));
        LaneSums.Add(sums + 4, _r4.Fold(vector));
    }
}

/// <summary>Six pixels.</summary>
internal unsafe struct PixelRows6<TColumns, TIsa, TVector> : IPixelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4, _r5;
    private float* _x0, _x1, _x2, _x3, _x4, _x5;

    public static int Count => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Point(float* x, int* offsets)
    {
        _x0 = x + offsets[0];
        _x1 = x + offsets[1];
        _x2 = x + offsets[2];
        _x3 = x + offsets[3];
        _x4 = x + offsets[4];
        _x5 = x + offsets[5];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* source)
    {
        _r0.Load(source);
        _r1.Load(source);
        _r2.Load(source);
        _r3.Load(source);
        _r4.Load(source);
        _r5.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* y, int* offsets, nint blockStep)
    {
        _r0.Load(y + offsets[0], blockStep);
        _r1.Load(y + offsets[1], blockStep);
        _r2.Load(y + offsets[2], blockStep);
        _r3.Load(y + offsets[3], blockStep);
        _r4.Load(y + offsets[4], blockStep);
        _r5.Load(y + offsets[5], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* y, int* offsets, nint blockStep)
    {
        _r0.Store(y + offsets[0], blockStep);
        _r1.Store(y + offsets[1], blockStep);
        _r2.Store(y + offsets[2], blockStep);
        _r3.Store(y + offsets[3], blockStep);
        _r4.Store(y + offsets[4], blockStep);
        _r5.Store(y + offsets[5], blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(_x0 + i), in w);
        _r1.MultiplyAdd(TIsa.Broadcast(_x1 + i), in w);
        _r2.MultiplyAdd(TIsa.Broadcast(_x2 + i), in w);
        _r3.MultiplyAdd(TIsa.Broadcast(_x3 + i), in w);
        _r4.MultiplyAdd(TIsa.Broadcast(_x4 + i), in w);
        _r5.MultiplyAdd(TIsa.Broadcast(_x5 + i), in w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddLanes(nint i, in TColumns w)
    {
        _r0.MultiplyAdd(in w, _x0 + i, 0);
        _r1.MultiplyAdd(in w, _x1 + i, 0);
        _r2.MultiplyAdd(in w, _x2 + i, 0);
        _r3.MultiplyAdd(in w, _x3 + i, 0);
        _r4.MultiplyAdd(in w, _x4 + i, 0);
        _r5.MultiplyAdd(in w, _x5 + i, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAddVectors(nint i, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Load(_x0 + i), in vectors);
        _r1.MultiplyAdd(TIsa.Load(_x1 + i), in vectors);
        _r2.MultiplyAdd(TIsa.Load(_x2 + i), in vectors);
        _r3.MultiplyAdd(TIsa.Load(_x3 + i), in vectors);
        _r4.MultiplyAdd(TIsa.Load(_x4 + i), in vectors);
        _r5.MultiplyAdd(TIsa.Load(_x5 + i), in vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums)
    {
        LaneSums.Add(sums, _r0.Fold(), _r1.Fold(), _r2.Fold(), _r3.Fold());
        LaneSums.Add(sums + 4, _r4.Fold(), _r5.Fold());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddSums(float* sums, int vector)
    {
        LaneSums.Add(sums, _r0.Fold(vector), _r1.Fold(vector), _r2.Fold(vector), _r3.Fold(vector));
        LaneSums.Add(sums + 4, _r4.Fold(vector), _r5.Fold(vector));
    }
}
