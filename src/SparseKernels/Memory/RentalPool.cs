namespace SparseKernels.Memory;

/// <summary>
/// Objects for one call at a time. Callers on several threads each rent their own; a returned one is kept for the next call, so
/// that one caller at a time allocates once.
/// </summary>
internal sealed class RentalPool<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<T> _free = [];
    private bool _disposed;

    public T Rent()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ConvolutionPlan));
            if (_free.Count > 0)
            {
                var item = _free[^1];
                _free.RemoveAt(_free.Count - 1);
                return item;
            }
        }

        return make();
    }

    public void Return(T item)
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

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var item in _free) item.Dispose();
            _free.Clear();
        }
    }
}
