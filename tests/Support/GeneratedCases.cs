using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SparseKernels.TestSupport;

/// <summary>Runs a check on generated cases, prints the seed that repeats them and, on failure, the smallest failing case found.</summary>
internal static class GeneratedCases
{
    /// <summary>Checks <paramref name="check"/>, which throws on failure, on so many cases.</summary>
    /// <typeparam name="T">A case.</typeparam>
    /// <param name="arbitrary">Generator and shrinker.</param>
    /// <param name="cases">How many at full scale; see <see cref="TestScale"/>.</param>
    /// <param name="check">What must hold.</param>
    public static void Check<T>(Arbitrary<T> arbitrary, int cases, Action<T> check) => CheckAll(arbitrary, TestScale.Cases(cases), check);

    /// <summary>As the other, on so many cases whatever the scale.</summary>
    public static void CheckAll<T>(Arbitrary<T> arbitrary, int cases, Action<T> check)
    {
        var seed = TestSeed.Value;
        TestContext.Current.TestOutputHelper?.WriteLine($"{cases} cases; {TestSeed.Variable}={seed} repeats them");
        // FsCheck's own start and end sizes stay out of it: the generators here pick their sizes themselves.
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(seed, 2 * (ulong)seed + 1);
        try
        {
            Prop.ForAll(arbitrary, check).Check(config);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{TestSeed.Variable}={seed} repeats this run. {e.Message}");
        }
    }
}
