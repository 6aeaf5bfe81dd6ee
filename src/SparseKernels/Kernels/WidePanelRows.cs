using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

#pragma warning disable CS0649, IDE0044 // The rows are changed in place, through their own members.

/// <summary>Five blocks.</summary>
internal unsafe struct PanelRows5<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4;

    public static int Count => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
        _r3.Fill(value);
        _r4.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
        _r3.MultiplyAdd(scalar, panel, 3 * width);
        _r4.MultiplyAdd(scalar, panel, 4 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
        _r3.MultiplyAdd(scalar, panel + 3 * rowStep, 0);
        _r4.MultiplyAdd(scalar, panel + 4 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
        sums.MultiplyAdd(in _r3, panel, 3 * width);
        sums.MultiplyAdd(in _r4, panel, 4 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
        sums.MultiplyAdd(in _r3, panel + 3 * rowStep, 0);
        sums.MultiplyAdd(in _r4, panel + 4 * rowStep, 0);
    }
}

/// <summary>Six blocks.</summary>
internal unsafe struct PanelRows6<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4, _r5;

    public static int Count => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
        _r3.Fill(value);
        _r4.Fill(value);
        _r5.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
        _r3.MultiplyAdd(scalar, panel, 3 * width);
        _r4.MultiplyAdd(scalar, panel, 4 * width);
        _r5.MultiplyAdd(scalar, panel, 5 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
        _r3.MultiplyAdd(scalar, panel + 3 * rowStep, 0);
        _r4.MultiplyAdd(scalar, panel + 4 * rowStep, 0);
        _r5.MultiplyAdd(scalar, panel + 5 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
        sums.MultiplyAdd(in _r3, panel, 3 * width);
        sums.MultiplyAdd(in _r4, panel, 4 * width);
        sums.MultiplyAdd(in _r5, panel, 5 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
        sums.MultiplyAdd(in _r3, panel + 3 * rowStep, 0);
        sums.MultiplyAdd(in _r4, panel + 4 * rowStep, 0);
        sums.MultiplyAdd(in _r5, panel + 5 * rowStep, 0);
    }
}

/// <summary>Seven blocks.</summary>
internal unsafe struct PanelRows7<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4, _r5, _r6;

    public static int Count => 7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
        _r3.Fill(value);
        _r4.Fill(value);
        _r5.Fill(value);
        _r6.Fill(value);
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
        _r6.Load(source + 6 * rowStep, blockStep);
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
        _r6.Store(destination + 6 * rowStep, blockStep);
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
        _r6.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
        _r3.MultiplyAdd(scalar, panel, 3 * width);
        _r4.MultiplyAdd(scalar, panel, 4 * width);
        _r5.MultiplyAdd(scalar, panel, 5 * width);
        _r6.MultiplyAdd(scalar, panel, 6 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
        _r3.MultiplyAdd(scalar, panel + 3 * rowStep, 0);
        _r4.MultiplyAdd(scalar, panel + 4 * rowStep, 0);
        _r5.MultiplyAdd(scalar, panel + 5 * rowStep, 0);
        _r6.MultiplyAdd(scalar, panel + 6 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
        sums.MultiplyAdd(in _r3, panel, 3 * width);
        sums.MultiplyAdd(in _r4, panel, 4 * width);
        sums.MultiplyAdd(in _r5, panel, 5 * width);
        sums.MultiplyAdd(in _r6, panel, 6 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
        sums.MultiplyAdd(in _r3, panel + 3 * rowStep, 0);
        sums.MultiplyAdd(in _r4, panel + 4 * rowStep, 0);
        sums.MultiplyAdd(in _r5, panel + 5 * rowStep, 0);
        sums.MultiplyAdd(in _r6, panel + 6 * rowStep, 0);
    }
}

/// <summary>Eight blocks.</summary>
internal unsafe struct PanelRows8<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3, _r4, _r5, _r6, _r7;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
        _r3.Fill(value);
        _r4.Fill(value);
        _r5.Fill(value);
        _r6.Fill(value);
        _r7.Fill(value);
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
        _r6.Load(source + 6 * rowStep, blockStep);
        _r7.Load(source + 7 * rowStep, blockStep);
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
        _r6.Store(destination + 6 * rowStep, blockStep);
        _r7.Store(destination + 7 * rowStep, blockStep);
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
        _r6.Limit(lowest, highest);
        _r7.Limit(lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
        _r3.MultiplyAdd(scalar, panel, 3 * width);
        _r4.MultiplyAdd(scalar, panel, 4 * width);
        _r5.MultiplyAdd(scalar, panel, 5 * width);
        _r6.MultiplyAdd(scalar, panel, 6 * width);
        _r7.MultiplyAdd(scalar, panel, 7 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
        _r3.MultiplyAdd(scalar, panel + 3 * rowStep, 0);
        _r4.MultiplyAdd(scalar, panel + 4 * rowStep, 0);
        _r5.MultiplyAdd(scalar, panel + 5 * rowStep, 0);
        _r6.MultiplyAdd(scalar, panel + 6 * rowStep, 0);
        _r7.MultiplyAdd(scalar, panel + 7 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
        sums.MultiplyAdd(in _r3, panel, 3 * width);
        sums.MultiplyAdd(in _r4, panel, 4 * width);
        sums.MultiplyAdd(in _r5, panel, 5 * width);
        sums.MultiplyAdd(in _r6, panel, 6 * width);
        sums.MultiplyAdd(in _r7, panel, 7 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
        sums.MultiplyAdd(in _r3, panel + 3 * rowStep, 0);
        sums.MultiplyAdd(in _r4, panel + 4 * rowStep, 0);
        sums.MultiplyAdd(in _r5, panel + 5 * rowStep, 0);
        sums.MultiplyAdd(in _r6, panel + 6 * rowStep, 0);
        sums.MultiplyAdd(in _r7, panel + 7 * rowStep, 0);
    }
}
