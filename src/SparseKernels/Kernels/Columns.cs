using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>
/// A row of an accumulator tile: vectors side by side. Implementations are flat structs whose fields the JIT keeps in registers;
/// their members change them in place, which gives the accumulate-in-place form of the multiply-add without register copies.
/// </summary>
internal unsafe interface IColumns<TSelf, TIsa, TVector>
    where TSelf : struct, IColumns<TSelf, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Vectors in the row.</summary>
    static abstract int Count { get; }

    /// <summary>Starts every vector with the same value.</summary>
    void Fill(TVector value);

    /// <summary>Loads vectors that lie one behind the other.</summary>
    void Load(float* source);

    /// <summary>Loads vectors of consecutive blocks of 16, <paramref name="blockStep"/> floats apart.</summary>
    void Load(float* source, nint blockStep);

    /// <summary>Stores vectors to consecutive blocks of 16, <paramref name="blockStep"/> floats apart.</summary>
    void Store(float* destination, nint blockStep);

    /// <summary><c>this = min(max(this, lowest), highest)</c>.</summary>
    void Limit(TVector lowest, TVector highest);

    /// <summary><c>this += scalar · vectors</c>, the scalar in every lane.</summary>
    void MultiplyAdd(TVector scalar, in TSelf vectors);

    /// <summary>
    /// <c>this += scalar · vectors</c>, the vectors one behind the other in memory from <c>vectors + offset</c> on. A constant offset
    /// becomes the displacement of the memory operands.
    /// </summary>
    void MultiplyAdd(TVector scalar, float* vectors, int offset);

    /// <summary>
    /// <c>this += a · b</c>, lane by lane, the vectors of b one behind the other in memory from <c>b + offset</c> on: they become memory operands,
    /// a constant offset their displacement.
    /// </summary>
    void MultiplyAdd(in TSelf a, float* b, int offset);

    /// <summary>Loads vectors <paramref name="step"/> floats apart, whatever blocks they are of.</summary>
    void LoadApart(float* source, nint step);

    /// <summary>Loads the first vector and makes the others zero.</summary>
    void LoadFirst(float* source);

    /// <summary>Stores the sum of all vectors: one vector.</summary>
    void StoreTotal(float* destination);

    /// <summary>The row's lanes summed to four.</summary>
    Vector128<float> Fold();

    /// <summary>The lanes of one vector summed to four.</summary>
    Vector128<float> Fold(int vector);
}

/// <summary>One vector.</summary>
internal unsafe struct Columns1<TIsa, TVector> : IColumns<Columns1<TIsa, TVector>, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TVector _a;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value) => _a = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source)
    {
        _a = TIsa.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint blockStep)
    {
        _a = TIsa.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, nint blockStep)
    {
        TIsa.Store(destination, _a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _a = TIsa.Limit(_a, lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, in Columns1<TIsa, TVector> vectors)
    {
        _a = TIsa.MultiplyAdd(scalar, vectors._a, _a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* vectors, int offset)
    {
        _a = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + offset), _a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(in Columns1<TIsa, TVector> a, float* b, int offset)
    {
        _a = TIsa.MultiplyAdd(a._a, TIsa.Load(b + offset), _a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadApart(float* source, nint step)
    {
        _a = TIsa.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadFirst(float* source)
    {
        _a = TIsa.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTotal(float* destination) => TIsa.Store(destination, _a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold() => TIsa.Fold(_a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold(int vector) => TIsa.Fold(_a);
}

/// <summary>Two vectors.</summary>
internal unsafe struct Columns2<TIsa, TVector> : IColumns<Columns2<TIsa, TVector>, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TVector _a, _b;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value) => _a = _b = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + TIsa.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint blockStep)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + Block<TIsa, TVector>.Offset(1, blockStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, nint blockStep)
    {
        TIsa.Store(destination, _a);
        TIsa.Store(destination + Block<TIsa, TVector>.Offset(1, blockStep), _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _a = TIsa.Limit(_a, lowest, highest);
        _b = TIsa.Limit(_b, lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, in Columns2<TIsa, TVector> vectors)
    {
        _a = TIsa.MultiplyAdd(scalar, vectors._a, _a);
        _b = TIsa.MultiplyAdd(scalar, vectors._b, _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* vectors, int offset)
    {
        _a = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + offset), _a);
        _b = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + (offset + TIsa.Lanes)), _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(in Columns2<TIsa, TVector> a, float* b, int offset)
    {
        _a = TIsa.MultiplyAdd(a._a, TIsa.Load(b + offset), _a);
        _b = TIsa.MultiplyAdd(a._b, TIsa.Load(b + offset + TIsa.Lanes), _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadApart(float* source, nint step)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadFirst(float* source)
    {
        _a = TIsa.Load(source);
        _b = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTotal(float* destination) => TIsa.Store(destination, TIsa.Add(_a, _b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold() => TIsa.Fold(TIsa.Add(_a, _b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold(int vector) => TIsa.Fold(vector == 0 ? _a : _b);
}

/// <summary>Four vectors.</summary>
internal unsafe struct Columns4<TIsa, TVector> : IColumns<Columns4<TIsa, TVector>, TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    private TVector _a, _b, _c, _d;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(TVector value) => _a = _b = _c = _d = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + TIsa.Lanes);
        _c = TIsa.Load(source + 2 * TIsa.Lanes);
        _d = TIsa.Load(source + 3 * TIsa.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(float* source, nint blockStep)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + Block<TIsa, TVector>.Offset(1, blockStep));
        _c = TIsa.Load(source + Block<TIsa, TVector>.Offset(2, blockStep));
        _d = TIsa.Load(source + Block<TIsa, TVector>.Offset(3, blockStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, nint blockStep)
    {
        TIsa.Store(destination, _a);
        TIsa.Store(destination + Block<TIsa, TVector>.Offset(1, blockStep), _b);
        TIsa.Store(destination + Block<TIsa, TVector>.Offset(2, blockStep), _c);
        TIsa.Store(destination + Block<TIsa, TVector>.Offset(3, blockStep), _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Limit(TVector lowest, TVector highest)
    {
        _a = TIsa.Limit(_a, lowest, highest);
        _b = TIsa.Limit(_b, lowest, highest);
        _c = TIsa.Limit(_c, lowest, highest);
        _d = TIsa.Limit(_d, lowest, highest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, in Columns4<TIsa, TVector> vectors)
    {
        _a = TIsa.MultiplyAdd(scalar, vectors._a, _a);
        _b = TIsa.MultiplyAdd(scalar, vectors._b, _b);
        _c = TIsa.MultiplyAdd(scalar, vectors._c, _c);
        _d = TIsa.MultiplyAdd(scalar, vectors._d, _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(TVector scalar, float* vectors, int offset)
    {
        _a = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + offset), _a);
        _b = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + (offset + TIsa.Lanes)), _b);
        _c = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + (offset + 2 * TIsa.Lanes)), _c);
        _d = TIsa.MultiplyAdd(scalar, TIsa.Load(vectors + (offset + 3 * TIsa.Lanes)), _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(in Columns4<TIsa, TVector> a, float* b, int offset)
    {
        _a = TIsa.MultiplyAdd(a._a, TIsa.Load(b + offset), _a);
        _b = TIsa.MultiplyAdd(a._b, TIsa.Load(b + offset + TIsa.Lanes), _b);
        _c = TIsa.MultiplyAdd(a._c, TIsa.Load(b + offset + 2 * TIsa.Lanes), _c);
        _d = TIsa.MultiplyAdd(a._d, TIsa.Load(b + offset + 3 * TIsa.Lanes), _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadApart(float* source, nint step)
    {
        _a = TIsa.Load(source);
        _b = TIsa.Load(source + step);
        _c = TIsa.Load(source + 2 * step);
        _d = TIsa.Load(source + 3 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadFirst(float* source)
    {
        _a = TIsa.Load(source);
        _b = default;
        _c = default;
        _d = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTotal(float* destination) => TIsa.Store(destination, TIsa.Add(TIsa.Add(_a, _c), TIsa.Add(_b, _d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold() => TIsa.Fold(TIsa.Add(TIsa.Add(_a, _c), TIsa.Add(_b, _d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector128<float> Fold(int vector) => TIsa.Fold(vector == 0 ? _a : vector == 1 ? _b : vector == 2 ? _c : _d);
}

/// <summary>Where the vectors of a row lie when its blocks of 16 lanes are apart in memory.</summary>
internal static class Block<TIsa, TVector>
    where TIsa : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Offset(int vector, nint blockStep) =>
        vector * TIsa.Lanes / LaneBlock.Size * blockStep + vector * TIsa.Lanes % LaneBlock.Size;
}
