using SparseKernels.Memory;
using Xunit;

namespace SparseKernels.Tests.Memory;

public static class LifetimeTests
{
    [Fact]
    public static void Close_NobodyInside_ReleasesOnceAndAtOnce()
    {
        var released = 0;
        var lifetime = new Lifetime("owner", () => released++);
        lifetime.Enter().Dispose();
        Assert.Equal(0, released);
        lifetime.Close();
        lifetime.Close();
        Assert.Equal(1, released);
        Assert.Equal("owner", Assert.Throws<ObjectDisposedException>(() => lifetime.Enter().Dispose()).ObjectName);
        Assert.Equal(1, released);
    }

    [Fact]
    public static void Close_WhileTwoAreInside_ReleasesWhenTheLastLeaves()
    {
        var released = 0;
        var lifetime = new Lifetime("owner", () => released++);
        var (first, second) = (new Stay(lifetime), new Stay(lifetime));
        lifetime.Close();
        first.Leave();
        Assert.Equal(0, released);
        Assert.Throws<ObjectDisposedException>(() => lifetime.Enter().Dispose());
        second.Leave();
        Assert.Equal(1, released);
    }

    [Fact]
    public static void Close_AmongManyThreads_ReleasesOnceAndAfterAllHaveLeft()
    {
        for (var round = 0; round < 200; round++)
        {
            var (inside, released, wrong) = (0, 0, 0);
            var lifetime = new Lifetime("owner", () =>
            {
                if (Volatile.Read(ref inside) != 0) Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref released);
            });
            Parallel.For(0, 8, worker =>
            {
                for (var i = 0; i < 50; i++)
                {
                    if (worker == 0 && i == 25) lifetime.Close();
                    try
                    {
                        using var use = lifetime.Enter();
                        Interlocked.Increment(ref inside);
                        if (Volatile.Read(ref released) != 0) Interlocked.Increment(ref wrong);
                        Interlocked.Decrement(ref inside);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            });
            Assert.Equal((1, 0), (released, wrong));
        }
    }

    /// <summary>A stay on a thread of its own: what holds it can't leave the stack.</summary>
    private sealed class Stay
    {
        private readonly ManualResetEventSlim _inside = new(), _leave = new();
        private readonly Thread _thread;

        public Stay(Lifetime lifetime)
        {
            _thread = new Thread(() =>
            {
                using var use = lifetime.Enter();
                _inside.Set();
                _leave.Wait();
            });
            _thread.Start();
            _inside.Wait();
        }

        public void Leave()
        {
            _leave.Set();
            _thread.Join();
        }
    }
}
