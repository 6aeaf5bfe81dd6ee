using System.Globalization;
using SparseKernels.Isa;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// As many results as asked for, of every pass, pair and layout on odd shapes with and without an infinite or NaN element, against the
/// double loop. Too long for every day: <c>.ci/nightly</c> runs it, on the instruction set of the process.
/// </summary>
public static class ManyCasesTests
{
    /// <summary>The environment variable that says how many results.</summary>
    private const string Variable = "SPARSEKERNELS_TEST_RESULTS";

    private const int ResultsPerCase = 3 * 7 * 2;

    private static readonly float[] s_odd = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    [Fact(Explicit = true)]
    public static void EveryPass_AsManyResultsAsAskedFor_EqualReference()
    {
        var asked = long.Parse(Environment.GetEnvironmentVariable(Variable) ?? "4200", CultureInfo.InvariantCulture);
        var results = 0L;
        GeneratedCases.CheckAll(SparseConvolutionCase.Arbitrary(), (int)((asked + ResultsPerCase - 1) / ResultsPerCase), c =>
        {
            results += Check(c);
            if (results % 42_000 == 0) TestContext.Current.SendDiagnosticMessage($"{results} results are right");
        });
        Assert.True(results >= asked);
        TestContext.Current.TestOutputHelper!.WriteLine($"{results} results on {InstructionSet.NameOf(InstructionSet.Current)}: 0 wrong");
        Console.WriteLine($"{results} results on {InstructionSet.NameOf(InstructionSet.Current)}: 0 wrong");
    }

    private static int Check(SparseConvolutionCase c)
    {
        var (shape, made) = (c.Shape, c.Make());
        using var plan = Plans.Make(shape, InstructionSet.Current);
        var results = 0;
        var odd = c.Dense.Seed % 2 == 0 ? OddElement(c, made.Dense) : null;
        var data = odd?.Data ?? made.Dense;
        made = made with { Dense = data };
        var (y, dx, dw) = odd is null
            ? (data.ReferenceForward(withBias: true), data.ReferenceBackwardData(), data.ReferenceBackwardWeights().Dw)
            : ([], [], []);
        foreach (var pair in SparseConvolutionData.Pairs.Cast<OperandPair?>().Prepend(null))
        {
            foreach (var form in TensorForms.All)
            {
                var what = $"pair {pair}, {form}, {c}";
                made.RunEveryPass(plan, pair, form, (pass, actual, mask) =>
                {
                    results++;
                    if (odd is not null) odd.Check(pass, actual, $"{pass}, {what}", mask);
                    else Expect.Equal(SparseConvolutionData.Masked(Of(pass), mask ?? [], mask is not null), actual, $"{pass}, {what}");
                });
            }
        }

        return results;

        float[] Of(ConvolutionPass pass) => pass == ConvolutionPass.Forward ? y : pass == ConvolutionPass.BackwardData ? dx : dw;
    }

    private static NonFiniteCase OddElement(SparseConvolutionCase c, ConvolutionData finite)
    {
        var random = new Random(c.Dense.Seed);
        var operand = (Operand)random.Next(3);
        int[] places = [.. NonFiniteCase.Places(c.Shape, operand)];
        return new NonFiniteCase(finite, operand, places[random.Next(places.Length)], s_odd[random.Next(s_odd.Length)]);
    }
}
