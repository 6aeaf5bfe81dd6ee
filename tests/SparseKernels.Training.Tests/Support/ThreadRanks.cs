using System.Diagnostics.CodeAnalysis;
using SparseKernels.Training.Communication;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Ranks that are threads of one process: what they do together they do one after the other, in the order of the ranks.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _end = new();
    private readonly float[]?[] _floats;
    private readonly long[]?[] _longs;
    private readonly byte[]?[] _bytes;

    private ThreadRanks(int size)
    {
        _barrier = new Barrier(size);
        (_floats, _longs, _bytes) = (new float[size][], new long[size][], new byte[size][]);
    }

    /// <summary>Why a rank ended all; null if none did.</summary>
    public string? Reason { get; private set; }

    /// <summary>Runs the same on several ranks.</summary>
    /// <returns>What each threw; null where it came to its end.</returns>
    public static Exception?[] Run(int size, Action<ICommunicator> work, out string? reason)
    {
        using var ranks = new ThreadRanks(size);
        var failures = new Exception?[size];
        var threads = new Thread[size];
        for (var i = 0; i < size; i++)
        {
            var rank = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    work(new Communicator(ranks, rank, size));
                }
                catch (Exception e)
                {
                    failures[rank] = e;

                    // What all throw together needs no end.
                    if (e is not (RankFailedException or TrainingDivergedException)) ranks._end.Cancel();
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads) thread.Join();
        reason = ranks.Reason;
        return failures;
    }

    /// <summary>The same where no rank may fail.</summary>
    public static void Run(int size, Action<ICommunicator> work)
    {
        var failures = Run(size, work, out _);
        if (failures.FirstOrDefault(failure => failure is not (null or OperationCanceledException)) is { } failure) throw new AggregateException(failure);
    }

    public void Dispose()
    {
        _barrier.Dispose();
        _end.Dispose();
    }

    private void Wait()
    {
        if (!_barrier.SignalAndWait(60_000, _end.Token)) throw new InvalidOperationException("another rank does not come.");
    }

    private sealed class Communicator(ThreadRanks ranks, int rank, int size) : ICommunicator
    {
        public int Rank => rank;

        public int Size => size;

        public void Sum(Span<float> values) => Combine(ranks._floats, values, (a, b) => a + b);

        public void Sum(Span<long> values) => Combine(ranks._longs, values, (a, b) => a + b);

        public void Max(Span<long> values) => Combine(ranks._longs, values, Math.Max);

        public void Broadcast(Span<byte> bytes, int root)
        {
            ranks._bytes[rank] = bytes.ToArray();
            ranks.Wait();
            ranks._bytes[root].CopyTo(bytes);
            ranks.Wait();
        }

        public void Barrier() => ranks.Wait();

        [DoesNotReturn]
        public void Abort(string reason)
        {
            ranks.Reason ??= reason;
            ranks._end.Cancel();
            throw new OperationCanceledException(reason);
        }

        private void Combine<T>(T[]?[] all, Span<T> values, Func<T, T, T> combine)
        {
            all[rank] = values.ToArray();
            ranks.Wait();
            for (var other = 0; other < size; other++)
            {
                var theirs = all[other]!;
                if (theirs.Length != values.Length) throw new InvalidOperationException($"rank {rank} has {values.Length} values, rank {other} {theirs.Length}.");
                for (var i = 0; i < values.Length; i++) values[i] = other == 0 ? theirs[i] : combine(values[i], theirs[i]);
            }

            ranks.Wait();
        }
    }
}
