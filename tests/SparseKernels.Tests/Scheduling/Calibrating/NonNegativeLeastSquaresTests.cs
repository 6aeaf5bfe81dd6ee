using SparseKernels.Scheduling.Calibrating;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Calibrating;

public sealed class NonNegativeLeastSquaresTests
{
    private static readonly double[][] s_terms = [[3, 1, 0], [1, 5, 2], [0, 2, 7], [4, 0, 1], [2, 2, 2], [9, 1, 3]];

    [Fact]
    public void Solve_TimesThatTheTermsMake_FindsTheCoefficients()
    {
        double[] truth = [2e-9, 0, 5e-6];
        var found = NonNegativeLeastSquares.Solve(s_terms, Times(truth), new double[3], 0);
        for (var i = 0; i < truth.Length; i++) Assert.Equal(truth[i], found[i], 1e-4 * 5e-6);
        Assert.Equal(2e-9, found[0], 5e-12);
    }

    [Fact]
    public void Solve_ACoefficientThatWouldBeNegative_IsZeroAndTheOthersMakeUpForIt()
    {
        var found = NonNegativeLeastSquares.Solve([[1, 1], [1, 2], [1, 3]], [3, 2, 1], new double[2], 0);
        Assert.Equal(0, found[1]);

        // One coefficient alone is the geometric mean of the times.
        Assert.Equal(Math.Cbrt(6), found[0], 1e-3);
    }

    [Fact]
    public void Solve_NoSampleOfATerm_KeepsItsPrior()
    {
        var found = NonNegativeLeastSquares.Solve([[1, 0], [2, 0]], [3e-6, 6e-6], [1e-6, 7e-9], 1e-6);
        Assert.Equal(3e-6, found[0], 1e-10);
        Assert.Equal(7e-9, found[1], 1e-15);
    }

    [Fact]
    public void Solve_TermsThatAreNeverApart_FollowThePrior()
    {
        var found = NonNegativeLeastSquares.Solve([[1, 1], [2, 2]], [4, 8], [3, 1], 1e-3);
        Assert.Equal(4, found[0] + found[1], 1e-2);
        Assert.InRange(found[0], 2.5, 3.1);
    }

    [Fact]
    public void Solve_AShortTimeBesideALongOne_CountsAsMuch()
    {
        var found = NonNegativeLeastSquares.Solve([[1], [1000]], [2, 1000], [0.0], 0);
        Assert.Equal(Math.Sqrt(2), found[0], 1e-3);
    }

    [Fact]
    public void Solve_OneSampleOfATermWithoutAPrior_IsWhatExplainsIt() =>
        Assert.Equal(3, NonNegativeLeastSquares.Solve([[2]], [6], [0.0], 1)[0], 1e-6);

    [Fact]
    public void Solve_LengthsThatDiffer_Throws()
    {
        Assert.Equal(
            "times", Assert.Throws<ArgumentException>(() => NonNegativeLeastSquares.Solve(s_terms, [1.0], new double[3], 0)).ParamName);
        Assert.Equal(
            "terms",
            Assert.Throws<ArgumentException>(() => NonNegativeLeastSquares.Solve(s_terms, Times([1, 1, 1]), new double[2], 0)).ParamName);
    }

    private static double[] Times(double[] coefficients) =>
        [.. s_terms.Select(row => row.Zip(coefficients, (term, coefficient) => term * coefficient).Sum())];
}
