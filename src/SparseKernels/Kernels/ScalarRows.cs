using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

#pragma warning disable CS0649, IDE0044 // The rows are changed in place, through their own members.

/// <summary>The accumulators of a few consecutive scalars (channels of one pixel, or weights), each against the same vectors.</summary>
internal unsafe interface IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Scalars in the tile.</summary>
    static abstract int Count { get; }

    void Load(float* source, nint rowStep, nint blockStep);

    void Store(float* destination, nint rowStep, nint blockStep);

    /// <summary>Adds to row m the scalar <c>scalars[m]</c> times <paramref name="vectors"/>.</summary>
    void MultiplyAdd(float* scalars, in TColumns vectors);
}

/// <summary>One scalar.</summary>
internal unsafe struct ScalarRows1<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
    }
}

/// <summary>Two scalars.</summary>
internal unsafe struct ScalarRows2<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
        _r1.Load(source + rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
        _r1.Store(destination + rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
    }
}

/// <summary>Three scalars.</summary>
internal unsafe struct ScalarRows3<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2;

    public static int Count => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
        _r1.Load(source + rowStep, blockStep);
        _r2.Load(source + 2 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
        _r1.Store(destination + rowStep, blockStep);
        _r2.Store(destination + 2 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
        _r2.MultiplyAdd(TIsa.Broadcast(scalars + 2), in vectors);
    }
}

/// <summary>Two groups of scalars, one behind the other. Groups are flat: pairs of pairs would end the JIT's inlining.</summary>
internal unsafe struct ScalarRowPair<TFirst, TSecond, TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TFirst : struct, IScalarRows<TColumns, TIsa, TVector>
    where TSecond : struct, IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TFirst _first;
    private TSecond _second;

    public static int Count => TFirst.Count + TSecond.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _first.Load(source, rowStep, blockStep);
        _second.Load(source + TFirst.Count * rowStep, rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _first.Store(destination, rowStep, blockStep);
        _second.Store(destination + TFirst.Count * rowStep, rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _first.MultiplyAdd(scalars, in vectors);
        _second.MultiplyAdd(scalars + TFirst.Count, in vectors);
    }
}
