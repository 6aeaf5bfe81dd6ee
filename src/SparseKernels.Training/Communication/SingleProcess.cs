using System.Diagnostics.CodeAnalysis;

namespace SparseKernels.Training.Communication;

/// <summary>One process alone: sums are what it has.</summary>
public sealed class SingleProcess : ICommunicator
{
    private SingleProcess()
    {
    }

    /// <summary>The only one.</summary>
    public static SingleProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
    }

    /// <inheritdoc/>
    public void Sum(Span<long> values)
    {
    }

    /// <inheritdoc/>
    public void Max(Span<long> values)
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root) => ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <summary>Throws: there are no others to end.</summary>
    /// <param name="reason">Why.</param>
    /// <exception cref="RankFailedException">Always.</exception>
    [DoesNotReturn]
    public void Abort(string reason) => throw new RankFailedException(0, reason);
}
