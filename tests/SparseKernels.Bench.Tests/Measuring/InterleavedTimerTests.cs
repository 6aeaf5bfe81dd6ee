using SparseKernels.Bench.Measuring;
using Xunit;

namespace SparseKernels.Bench.Tests.Measuring;

public sealed class InterleavedTimerTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Compare_MachineSlowsDownMidway_RatioStaysAndTimesAreMedians()
    {
        var pauses = 0;
        var found = Timer.Compare(() => Take(1), () => Take(3), TimeSpan.FromSeconds(1), () => pauses++);
        void Take(double milliseconds) => _clock.Advance(milliseconds * (_clock.Milliseconds > 900 ? 2 : 1));

        Assert.Equal(3, found.Ratio!.Value, 6);
        Assert.Equal(1, found.OursMs, 6);
        Assert.Equal(3, found.PeerMs!.Value, 6);
        Assert.InRange(found.Rounds, 100, 201);
        Assert.InRange(pauses, 10, 12);
    }

    [Fact]
    public void Compare_OneRoundDisturbed_LeavesTheMedian()
    {
        var calls = 0;
        var found = Timer.Compare(
            () => _clock.Advance(calls++ == 40 ? 500 : 10), () => _clock.Advance(20), TimeSpan.FromSeconds(2), () => { });

        Assert.Equal(2, found.Ratio!.Value, 6);
        Assert.Equal(10, found.OursMs, 6);
    }

    [Fact]
    public void Compare_WithoutPeer_HasNoRatio()
    {
        var found = Timer.Compare(() => _clock.Advance(0.1), null, TimeSpan.FromMilliseconds(100), () => { });

        Assert.Equal(0.1, found.OursMs, 6);
        Assert.Null(found.Ratio);
        Assert.Null(found.PeerMs);
    }

    [Fact]
    public void Compare_LongActions_DoesFiveRoundsInTurn()
    {
        var calls = "";
        var found = Timer.Compare(() => Call('a'), () => Call('b'), TimeSpan.FromMilliseconds(1), () => calls += '|');
        void Call(char who)
        {
            calls += who;
            _clock.Advance(100);
        }

        Assert.Equal(5, found.Rounds);
        Assert.Equal("ababababab", calls[(calls.IndexOf('|') + 1)..].Replace("|", ""));
    }

    [Fact]
    public void Compare_ActionsOfSeconds_DoesThreeRoundsAfterOneCallOfEach()
    {
        var calls = "";
        var found = Timer.Compare(() => Call('a'), () => Call('b'), TimeSpan.FromMilliseconds(1), () => { });
        void Call(char who)
        {
            calls += who;
            _clock.Advance(3000);
        }

        Assert.Equal(3, found.Rounds);
        Assert.Equal("abababab", calls);
    }

    private InterleavedTimer Timer => new(_clock);

    private sealed class ManualClock : TimeProvider
    {
        private long _nanoseconds;

        public double Milliseconds => _nanoseconds / 1e6;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => _nanoseconds;

        public void Advance(double milliseconds) => _nanoseconds += (long)(milliseconds * 1e6);
    }
}
