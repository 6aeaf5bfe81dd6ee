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

    /// <summary>Starts row m with <c>scalars[m]</c> in every lane.</summary>
    void Fill(float* scalars);

    void Load(float* source, nint rowStep, nint blockStep);

    void Store(float* destination, nint rowStep, nint blockStep);

    /// <summary><c>this = min(max(this, lowest), highest)</c>.</summary>
    void Limit(TVector lowest, TVector highest);

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
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
    }

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
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
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
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
        _r1.Fill(TIsa.Broadcast(scalars + 1));
    }

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
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
        _r1.Limit(lowest, highest);
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
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
        _r1.Fill(TIsa.Broadcast(scalars + 1));
        _r2.Fill(TIsa.Broadcast(scalars + 2));
    }

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
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
        _r1.Limit(lowest, highest);
        _r2.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
        _r2.MultiplyAdd(TIsa.Broadcast(scalars + 2), in vectors);
    }
}

/// <summary>Four scalars.</summary>
internal unsafe struct ScalarRows4<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
        _r1.Fill(TIsa.Broadcast(scalars + 1));
        _r2.Fill(TIsa.Broadcast(scalars + 2));
        _r3.Fill(TIsa.Broadcast(scalars + 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
        _r1.Load(source + rowStep, blockStep);
        _r2.Load(source + 2 * rowStep, blockStep);
        _r3.Load(source + 3 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
        _r1.Store(destination + rowStep, blockStep);
        _r2.Store(destination + 2 * rowStep, blockStep);
        _r3.Store(destination + 3 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
        _r1.Limit(lowest, highest);
        _r2.Limit(lowest, highest);
        _r3.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
        _r2.MultiplyAdd(TIsa.Broadcast(scalars + 2), in vectors);
        _r3.MultiplyAdd(TIsa.Broadcast(scalars + 3), in vectors);
    }
}

/// <summary>Five scalars.</summary>
internal unsafe struct ScalarRows5<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4;

    public static int Count => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
        _r1.Fill(TIsa.Broadcast(scalars + 1));
        _r2.Fill(TIsa.Broadcast(scalars + 2));
        _r3.Fill(TIsa.Broadcast(scalars + 3));
        _r4.Fill(TIsa.Broadcast(scalars + 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
        _r1.Load(source + rowStep, blockStep);
        _r2.Load(source + 2 * rowStep, blockStep);
        _r3.Load(source + 3 * rowStep, blockStep);
        _r4.Load(source + 4 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
        _r1.Store(destination + rowStep, blockStep);
        _r2.Store(destination + 2 * rowStep, blockStep);
        _r3.Store(destination + 3 * rowStep, blockStep);
        _r4.Store(destination + 4 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
        _r1.Limit(lowest, highest);
        _r2.Limit(lowest, highest);
        _r3.Limit(lowest, highest);
        _r4.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
        _r2.MultiplyAdd(TIsa.Broadcast(scalars + 2), in vectors);
        _r3.MultiplyAdd(TIsa.Broadcast(scalars + 3), in vectors);
        _r4.MultiplyAdd(TIsa.Broadcast(scalars + 4), in vectors);
    }
}

/// <summary>Six scalars.</summary>
internal unsafe struct ScalarRows6<TColumns, TIsa, TVector> : IScalarRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4, _r5;

    public static int Count => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(float* scalars)
    {
        _r0.Fill(TIsa.Broadcast(scalars));
        _r1.Fill(TIsa.Broadcast(scalars + 1));
        _r2.Fill(TIsa.Broadcast(scalars + 2));
        _r3.Fill(TIsa.Broadcast(scalars + 3));
        _r4.Fill(TIsa.Broadcast(scalars + 4));
        _r5.Fill(TIsa.Broadcast(scalars + 5));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint rowStep, nint blockStep)
    {
        _r0.Load(source, blockStep);
        _r1.Load(source + rowStep, blockStep);
        _r2.Load(source + 2 * rowStep, blockStep);
        _r3.Load(source + 3 * rowStep, blockStep);
        _r4.Load(source + 4 * rowStep, blockStep);
        _r5.Load(source + 5 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination, nint rowStep, nint blockStep)
    {
        _r0.Store(destination, blockStep);
        _r1.Store(destination + rowStep, blockStep);
        _r2.Store(destination + 2 * rowStep, blockStep);
        _r3.Store(destination + 3 * rowStep, blockStep);
        _r4.Store(destination + 4 * rowStep, blockStep);
        _r5.Store(destination + 5 * rowStep, blockStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _r0.Limit(lowest, highest);
        _r1.Limit(lowest, highest);
        _r2.Limit(lowest, highest);
        _r3.Limit(lowest, highest);
        _r4.Limit(lowest, highest);
        _r5.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float* scalars, in TColumns vectors)
    {
        _r0.MultiplyAdd(TIsa.Broadcast(scalars), in vectors);
        _r1.MultiplyAdd(TIsa.Broadcast(scalars + 1), in vectors);
        _r2.MultiplyAdd(TIsa.Broadcast(scalars + 2), in vectors);
        _r3.MultiplyAdd(TIsa.Broadcast(scalars + 3), in vectors);
        _r4.MultiplyAdd(TIsa.Broadcast(scalars + 4), in vectors);
        _r5.MultiplyAdd(TIsa.Broadcast(scalars + 5), in vectors);
    }
}
