using System.Diagnostics;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Stretches;

/// <summary>
/// A training Forward of a <see cref="NetworkStretch"/> and all that it left for Backward. One that is never taken back is disposed, or its
/// memory waits for the garbage collector.
/// </summary>
public sealed class StretchPass : IDisposable
{
    private readonly NetworkStretch _stretch;
    private readonly StretchPool _pool;
    private readonly BuiltStretch _built;
    private readonly long _passes;
    private readonly TimeSpan _forward;

    /// <summary>1 once the pass no longer holds what it rented.</summary>
    private int _returned;

    internal StretchPass(NetworkStretch stretch, StretchPool pool, BuiltStretch built, TimeSpan forward)
    {
        (_stretch, _pool, _built, _forward) = (stretch, pool, built, forward);
        (_passes, Output, Images) = (built.Passes, built.Output, built.Network.Batch);
    }

    /// <summary>Gives the memory back that a pass held which nobody took back.</summary>
    ~StretchPass() => Return(seconds: null);

    /// <summary>Images N of the batch.</summary>
    public int Images { get; }

    /// <summary>The sizes of one image of the output.</summary>
    public FeatureShape Output { get; }

    /// <summary>What it holds until it is taken back, to be told apart from another's.</summary>
    internal object Memory => _built;

    /// <summary>Copies the output.</summary>
    /// <param name="y"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>, overwritten.</param>
    /// <param name="layout">The order of its elements.</param>
    /// <exception cref="ArgumentException"><paramref name="y"/> has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    /// <exception cref="InvalidOperationException">Backward ran already, or the pass is disposed.</exception>
    public void CopyOutput(Span<float> y, PlainLayout layout = PlainLayout.Nchw)
    {
        layout.Require(nameof(layout));
        Check(y.Length, nameof(y));
        if (Volatile.Read(ref _returned) != 0)
            throw new InvalidOperationException("the output must be copied before Backward, and before the pass is disposed.");
        _built.CopyOutput(y, layout);
    }

    /// <summary>
    /// Takes the gradient back: leaves the gradient of every parameter that is not frozen in <see cref="Parameters.Parameter.Gradients"/>,
    /// overwritten. It may run again for the same pass as long as no other Forward of the same sizes has taken the memory.
    /// </summary>
    /// <param name="dy">The output's gradient, <c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>.</param>
    /// <param name="dx">Where the input's gradient goes, <c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>; empty where it is not wanted.</param>
    /// <param name="dyLayout">The order of the elements of dy.</param>
    /// <param name="dxLayout">The order of the elements of dx.</param>
    /// <exception cref="ArgumentException">A length is another one; nothing was written then.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout; nothing was written then.</exception>
    /// <exception cref="InvalidOperationException">A later Forward has taken what the pass kept, or it is disposed.</exception>
    public void Backward(ReadOnlySpan<float> dy, Span<float> dx, PlainLayout dyLayout = PlainLayout.Nchw, PlainLayout dxLayout = PlainLayout.Nchw)
    {
        dyLayout.Require(nameof(dyLayout));
        dxLayout.Require(nameof(dxLayout));
        Check(dy.Length, nameof(dy));
        var input = (long)Images * _built.Network.Image.Length;
        if (!dx.IsEmpty && dx.Length != input) throw new ArgumentException($"dx must have {input} elements or none, got {dx.Length}.", nameof(dx));
        lock (_stretch.Training)
        {
            if (Volatile.Read(ref _returned) != 0 && !_pool.TryRentAgain(_built, _passes))
                throw new InvalidOperationException("what Forward kept for Backward is gone: a later Forward has taken its memory, or the pass was disposed.");
            _returned = 0;
            var start = Stopwatch.GetTimestamp();
            try
            {
                _built.Backward(dy, dyLayout, dx, dxLayout);
            }
            catch
            {
                Return(seconds: null);
                throw;
            }

            Return((_forward + Stopwatch.GetElapsedTime(start)).TotalSeconds);
        }
    }

    /// <summary>Gives the memory back. Calling it again does nothing.</summary>
    public void Dispose()
    {
        Return(seconds: null);
        GC.SuppressFinalize(this);
    }

    private void Return(double? seconds)
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0) _pool?.Return(_built, seconds);
    }

    private void Check(int length, string argument)
    {
        var output = (long)Images * Output.Length;
        if (length != output) throw new ArgumentException($"{argument} must have {output} elements for {Images} images of {Output}, got {length}.", argument);
    }
}
