using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

#pragma warning disable CS0649, IDE0044 // The rows are changed in place, through their own members.

/// <summary>The accumulators of one row of a sparse product: neighbouring blocks of lanes, all multiplied by the same scalar.</summary>
internal unsafe interface IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Rows of vectors in the tile, each <typeparamref name="TColumns"/> wide.</summary>
    static abstract int Count { get; }

    /// <summary>Starts every vector with the same value.</summary>
    void Fill(TVector value);

    void Load(float* source, nint rowStep, nint blockStep);

    void Store(float* destination, nint rowStep, nint blockStep);

    /// <summary><c>this = min(max(this, lowest), highest)</c>.</summary>
    void Limit(TVector lowest, TVector highest);

    /// <summary><c>this += scalar · panel</c>, the panel's vectors one behind the other in memory.</summary>
    void MultiplyAdd(TVector scalar, float* panel);

    /// <summary>As above, the rows' vectors <paramref name="rowStep"/> floats apart.</summary>
    void MultiplyAdd(TVector scalar, float* panel, nint rowStep);

    /// <summary>
    /// <c>sums += Σ_rows row · panel[row]</c>, lane by lane and row after row, the panel's vectors one behind the other in memory.
    /// </summary>
    void AddProducts(ref TColumns sums, float* panel);

    /// <summary>As above, the rows' vectors <paramref name="rowStep"/> floats apart.</summary>
    void AddProducts(ref TColumns sums, float* panel, nint rowStep);
}

/// <summary>One block.</summary>
internal unsafe struct PanelRows1<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
    }
}

/// <summary>Two blocks.</summary>
internal unsafe struct PanelRows2<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
    }
}

/// <summary>Three blocks.</summary>
internal unsafe struct PanelRows3<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2;

    public static int Count => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
    }
}

/// <summary>Four blocks.</summary>
internal unsafe struct PanelRows4<TColumns, TIsa, TVector> : IPanelRows<TColumns, TIsa, TVector>
    where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TColumns _r0, _r1, _r2, _r3;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value)
    {
        _r0.Fill(value);
        _r1.Fill(value);
        _r2.Fill(value);
        _r3.Fill(value);
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
    public void MultiplyAdd(TVector scalar, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel, width);
        _r2.MultiplyAdd(scalar, panel, 2 * width);
        _r3.MultiplyAdd(scalar, panel, 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* panel, nint rowStep)
    {
        _r0.MultiplyAdd(scalar, panel, 0);
        _r1.MultiplyAdd(scalar, panel + rowStep, 0);
        _r2.MultiplyAdd(scalar, panel + 2 * rowStep, 0);
        _r3.MultiplyAdd(scalar, panel + 3 * rowStep, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel)
    {
        var width = TColumns.Count * TIsa.Lanes;
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel, width);
        sums.MultiplyAdd(in _r2, panel, 2 * width);
        sums.MultiplyAdd(in _r3, panel, 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddProducts(ref TColumns sums, float* panel, nint rowStep)
    {
        sums.MultiplyAdd(in _r0, panel, 0);
        sums.MultiplyAdd(in _r1, panel + rowStep, 0);
        sums.MultiplyAdd(in _r2, panel + 2 * rowStep, 0);
        sums.MultiplyAdd(in _r3, panel + 3 * rowStep, 0);
    }
}
