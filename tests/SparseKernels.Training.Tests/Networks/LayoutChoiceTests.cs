using SparseKernels.Training.Networks;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public static class LayoutChoiceTests
{
    private const double Clear = 0.7, Slight = 0.95;

    [Theory]
    [InlineData(Clear, true, 4)]
    [InlineData(Clear, false, 4)]
    [InlineData(Slight, true, 0)]
    [InlineData(double.PositiveInfinity, false, 0)]
    public static void ShouldChange_Promise_ChangesAtTheFirstLookIfItIsClear(double promise, bool goesByTime, int expected)
    {
        var choice = new LayoutChoice(goesByTime, isFixed: false);
        var changed = Enumerable.Range(1, 31).FirstOrDefault(call => choice.ShouldChange(call, 1, new Promise(promise)));
        Assert.Equal(expected, changed);
        Assert.Equal(expected == 0 ? 0 : 1, choice.Changes);
    }

    [Fact]
    public static void ShouldChange_Fixed_NeverDoes()
    {
        var choice = new LayoutChoice(goesByTime: true, isFixed: true);
        Assert.All(Enumerable.Range(1, 200), call => Assert.False(choice.ShouldChange(call, 1, new Promise(Clear))));
    }

    [Fact]
    public static void ShouldChange_PromiseNotKept_GoesBackAndWaitsForABetterOne()
    {
        var choice = new LayoutChoice(goesByTime: true, isFixed: false);
        var changes = new List<int>();
        for (var call = 1; call <= 320; call++)
        {
            // Batches take longer than channels, whatever is predicted; from call 200 on more is promised.
            var isThere = changes.Count % 2 == 1;
            var promise = isThere ? 2.0 : call < 200 ? Clear : 0.5;
            if (choice.ShouldChange(call, isThere ? 1.2 : 1.0, new Promise(promise))) changes.Add(call);
        }

        Assert.Equal([4, 64, 224, 256], changes);
    }

    [Fact]
    public static void ShouldChange_PromiseKept_Stays()
    {
        var choice = new LayoutChoice(goesByTime: true, isFixed: false);
        var changes = 0;
        for (var call = 1; call <= 320; call++)
        {
            if (choice.ShouldChange(call, changes == 1 ? 0.8 : 1.0, new Promise(changes == 1 ? 1 / Clear : Clear))) changes++;
        }

        Assert.Equal(1, changes);
    }

    [Fact]
    public static void ShouldChange_Reproducible_LooksAtNoTime()
    {
        var choice = new LayoutChoice(goesByTime: false, isFixed: false);
        var changes = new List<int>();
        for (var call = 1; call <= 320; call++)
        {
            if (choice.ShouldChange(call, 1 + (100 * changes.Count), new Promise(changes.Count == 1 ? 1 / Clear : Clear))) changes.Add(call);
        }

        Assert.Equal([4], changes);
    }

    private sealed class Promise(double promise) : ILayoutPromise
    {
        public double PromiseOfOtherLayout() => promise;
    }
}
