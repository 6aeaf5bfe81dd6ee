namespace SparseKernels.Memory;

/// <summary>
/// Objects for one call at a time. Callers on several threads each rent their own; a returned one is kept for the next call, so
/// that one caller at a time allocates once.
/// </summary>
/// <param name="make">Makes one more.</param>
internal sealed class RentalPool<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    /// <summary>What every pool is part of, as its user knows it.</summary>
    private const string Owner = "ConvolutionPlan";

    private readonly Lock _lock = new();
    private readonly List<T> _free = [];
    private bool _disposed;

    /// <summary>An object for the caller alone, until the rental is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public Rental<T> Rent()
    {
        lock (_lock)
        {
            if (_disposed) throw new ObjectDisposedException(Owner);
            if (_free.Count > 0)
            {
                var item = _free[^1];
                _free.RemoveAt(_free.Count - 1);
                return new(this, item);
            }
        }

        return new(this, make());
    }

    /// <summary>Disposes what is free; what is rented goes when it is returned.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var item in _free) item.Dispose();
            _free.Clear();
        }
    }

    internal void Return(T item)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _free.Add(item);
                return;
            }
        }

        item.Dispose();
    }
}
