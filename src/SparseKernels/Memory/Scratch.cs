namespace SparseKernels.Memory;

/// <summary>Scratch memory of one call of a pass: one part per worker and one they share.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const int FloatsPerLine = 16;

    /// <summary>Floats between workers' parts: their sizes plus a line, so that no two share one.</summary>
    private readonly long _step;

    private readonly AlignedBuffer _workers;
    private readonly AlignedBuffer _shared;

    public Scratch(long perWorker, long shared, int workers)
    {
        _step = (perWorker + 2 * FloatsPerLine - 1) / FloatsPerLine * FloatsPerLine;
        _workers = new AlignedBuffer(checked(_step * workers));
        _shared = new AlignedBuffer(shared);
    }

    public float* Shared => _shared.Pointer;

    public float* Of(int worker) => _workers.Pointer + worker * _step;

    public void Dispose()
    {
        _workers.Dispose();
        _shared.Dispose();
    }
}
