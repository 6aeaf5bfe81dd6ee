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
        Assert.Equal(calls.First, calls.Second);
    }

    [Fact]
    public void IsSecondFaster_SlowWhileItCompiles_CountsTheRoundsBehind()
    {
        var (first, second) = (0, 0);
        Assert.True(new LayoutTrial(_clock).IsSecondFaster(() => Take(5, ref first), () => Take(second < 4 ? 40 : 4, ref second)));
    }

    [Fact]
    public void IsSecondFaster_DisturbedAtTimes_CountsTheShortest()
    {
        var (first, second) = (0, 0);
        Assert.True(new LayoutTrial(_clock).IsSecondFaster(() => Take(5, ref first), () => Take(second % 2 == 0 ? 50 : 4, ref second)));
    }

    private void Take(int ticks, ref int calls)
    {
        calls++;
        _clock.Now += ticks;
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long GetTimestamp() => Now;
    }
}
