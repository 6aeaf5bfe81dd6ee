using System.Diagnostics.CodeAnalysis;

namespace SparseKernels.Training.Communication;

/// <summary>
/// Processes that train one network together: ranks. Every call but <see cref="Abort"/> is collective: all ranks make the same calls in the
/// same order with the same lengths, and each waits for the others. One call at a time in each process, from any thread.
/// </summary>
public interface ICommunicator
{
    /// <summary>This process among all, from 0.</summary>
    int Rank { get; }

    /// <summary>Processes; 1 or more.</summary>
    int Size { get; }

    /// <summary>
    /// Adds up what the ranks hold, element by element: <c>v[i] ← ((v₀[i] + v₁[i]) + v₂[i]) + …</c> in the order of the ranks, so that all
    /// get the same bits, and the same number of ranks gives the same bits again.
    /// </summary>
    /// <param name="values">This rank's values, overwritten with the sums.</param>
    void Sum(Span<float> values);

    /// <summary>Adds up whole numbers, element by element; an overflow wraps.</summary>
    /// <param name="values">This rank's values, overwritten with the sums.</param>
    void Sum(Span<long> values);

    /// <summary>The largest of what the ranks hold, element by element.</summary>
    /// <param name="values">This rank's values, overwritten with the largest.</param>
    void Max(Span<long> values);

    /// <summary>Gives all ranks what one has.</summary>
    /// <param name="bytes">Of <paramref name="root"/> what to give; of the others overwritten.</param>
    /// <param name="root">Whose bytes; 0 to <see cref="Size"/> − 1.</param>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>Waits until all ranks have called it.</summary>
    void Barrier();

    /// <summary>Ends all ranks, this one too, as soon as possible, whatever they are doing. It does not return.</summary>
    /// <param name="reason">Why, on one line, for standard error.</param>
    [DoesNotReturn]
    void Abort(string reason);
}
