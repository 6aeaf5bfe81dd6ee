using SparseKernels.Training.Networks;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public static class LayoutChoiceTests
{
    private const double Clear = 0.7, Slight = 1 - (LayoutChoice.Hysteresis / 2);

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

        Assert.Equal([4, 96, 224, 288], changes);
    }

    [Theory]

    // Better than predicted: kept, though the prediction speaks for the way back.
    [InlineData(1.2, 0.5, new[] { 64 })]

    // As bad as predicted: one trial, no more.
    [InlineData(1.2, 1.3, new[] { 64, 128 })]
    [InlineData(LayoutChoice.WorthATrial + 0.1, 0.5, new int[0])]
    public static void ShouldChange_Tries_TriesOnceWhatIsNotPredictedToBeMuchWorse(double promise, double seconds, int[] expected)
    {
        var choice = new LayoutChoice(goesByTime: true, isFixed: false, tries: true);
        var changes = new List<int>();
        for (var call = 1; call <= 640; call++)
        {
            var isThere = changes.Count % 2 == 1;
            if (choice.ShouldChange(call, isThere ? seconds : 1, new Promise(isThere ? 1 / promise : promise))) changes.Add(call);
        }

        Assert.Equal(expected, changes);
    }

    [Fact]
    public static void ShouldChange_CallsThatOthersDisturb_DoNotCount()
    {
        // Three fifths of the calls behind the change take three times as long.
        var choice = new LayoutChoice(goesByTime: true, isFixed: false);
        var changes = new List<int>();
        for (var call = 1; call <= 320; call++)
        {
            var seconds = changes.Count == 1 ? (call % 5 < 3 ? 2.4 : 0.8) : 1;
            if (choice.ShouldChange(call, seconds, new Promise(changes.Count == 1 ? 1 / Clear : Clear))) changes.Add(call);
        }

        Assert.Equal([4], changes);
    }

    [Fact]
    public static void ShouldChange_CallsThatTryKernels_DoNotCount()
    {
        // The other layout's first 45 calls try kernels of it, which takes longer than the chosen ones of this one.
        var choice = new LayoutChoice(goesByTime: true, isFixed: false);
        var changes = new List<int>();
        for (var call = 1; call <= 320; call++)
        {
            var seconds = changes.Count == 0 ? 1 : call < 49 ? 1.5 : 0.8;
            if (choice.ShouldChange(call, seconds, new Promise(changes.Count == 1 ? 1 / Clear : Clear))) changes.Add(call);
        }

        Assert.Equal([4], changes);
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
