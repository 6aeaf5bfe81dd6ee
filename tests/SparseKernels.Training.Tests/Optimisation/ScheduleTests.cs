using SparseKernels.Training.Optimisation;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

public class ScheduleTests
{
    [Fact]
    public void Cosine_WithWarmUp_RisesLinearlyThenFallsToTheEnd()
    {
        var schedule = new CosineSchedule(0.4f, totalSteps: 104, warmUpSteps: 4, final: 0.1f);
        Assert.Equal(0.1f, schedule.At(0), 1e-7f);
        Assert.Equal(0.2f, schedule.At(1), 1e-7f);
        Assert.Equal(0.4f, schedule.At(3), 1e-7f);
        Assert.Equal(0.4f, schedule.At(4), 1e-7f);
        Assert.Equal(0.25f, schedule.At(54), 1e-6f);
        Assert.Equal(0.1f + (0.3f * (1 + MathF.Cos(MathF.PI / 4)) / 2), schedule.At(29), 1e-6f);
        Assert.Equal(0.1f, schedule.At(104), 1e-7f);
        Assert.Equal(0.1f, schedule.At(1_000_000), 1e-7f);
    }

    [Fact]
    public void Cosine_OnlyWarmUp_EndsAtThePeak()
    {
        var schedule = new CosineSchedule(1, totalSteps: 4, warmUpSteps: 4);
        Assert.Equal(1, schedule.At(3));
    }

    [Fact]
    public void Step_Milestones_MultiplyByTheFactor()
    {
        var schedule = new StepSchedule(1, [10, 20], factor: 0.1f, warmUpSteps: 2);
        Assert.Equal(0.5f, schedule.At(0));
        Assert.Equal(1, schedule.At(1));
        Assert.Equal(1, schedule.At(9));
        Assert.Equal(0.1f, schedule.At(10), 1e-7f);
        Assert.Equal(0.1f, schedule.At(19), 1e-7f);
        Assert.Equal(0.01f, schedule.At(20), 1e-7f);
    }

    [Fact]
    public void Constructors_BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("peak", () => new CosineSchedule(-1, 10));
        Assert.Throws<ArgumentOutOfRangeException>("final", () => new CosineSchedule(1, 10, final: float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("totalSteps", () => new CosineSchedule(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("warmUpSteps", () => new CosineSchedule(1, 10, 11));
        Assert.Throws<ArgumentOutOfRangeException>("factor", () => new StepSchedule(1, [1], 0));
        Assert.Throws<ArgumentException>("milestones", () => new StepSchedule(1, [5, 5]));
        Assert.Throws<ArgumentOutOfRangeException>("step", () => new CosineSchedule(1, 10).At(-1));
    }
}
