namespace SparseKernels.Memory;

/// <summary>An object of a <see cref="RentalPool{T}"/> for as long as a call takes: <c>using var scratch = _scratch.Rent();</c>.</summary>
internal readonly ref struct Rental<T>(RentalPool<T> pool, T item)
    where T : class, IDisposable
{
    /// <summary>The object.</summary>
    public T Item { get; } = item;

    /// <summary>Gives it back.</summary>
    public void Dispose() => pool.Return(Item);
}
