using SparseKernels.Training.Inference;
using Xunit;

namespace SparseKernels.Training.Tests.Inference;

public class LayoutTrialTests
{
    private readonly Clock _clock = new();

    [Theory]
    [InlineData(2, 3, false)]
    [InlineData(3, 2, true)]
    [InlineData(2, 2, false)]
    public void IsSecondFaster_SteadyTimes_SaysSo(int first, int second, bool expected)
    {
        var calls = (First: 0, Second: 0);
        Assert.Equal(expected, new LayoutTrial(_clock).IsSecondFaster(() => Take(first, ref calls.First), () => Take(second, ref calls.Second)));
        Assert.Equal((LayoutTrial.MostRounds, LayoutTrial.MostRounds), calls);
    }

    [Fact]
    public void IsSecondFaster_SlowWhileItCompilesAndTriesKernels_CountsTheRoundsBehind()
    {
        var (first, second) = (0, 0);
        Assert.True(new LayoutTrial(_clock).IsSecondFaster(() => Take(5, ref first), () => Take(second < 30 ? 40 : 4, ref second)));
    }

    [Fact]
    public void IsSecondFaster_DisturbedAtTimes_CountsTheShortest()
    {
        var (first, second) = (0, 0);
        Assert.True(new LayoutTrial(_clock).IsSecondFaster(() => Take(5, ref first), () => Take(second % 2 == 0 ? 50 : 4, ref second)));
    }

    [Theory]
    [InlineData(0.001, LayoutTrial.MostRounds)]
    [InlineData(0.05, LayoutTrial.FewestRounds + 20)]
    [InlineData(4, LayoutTrial.FewestRounds + 1)]
    public void IsSecondFaster_LongCalls_EndsInTime(double seconds, int rounds)
    {
        var (first, second) = (0, 0);
        var ticks = (int)(seconds * TimeSpan.TicksPerSecond);
        Assert.False(new LayoutTrial(_clock).IsSecondFaster(() => Take(ticks, ref first), () => Take(ticks, ref second)));
        Assert.Equal((rounds, rounds), (first, second));
    }

    private void Take(int ticks, ref int calls)
    {
        calls++;
        _clock.Now += ticks;
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
