using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Cost;

[Collection(SoloCollection.Name)]
public sealed class CostModelTests
{
    private static readonly double[] s_densities = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 0.99, 1];

    private static readonly OperandDensity s_some = new(0.4, 0.8);

    /// <summary>
    /// Every term counts, each about as much as another would: a fitted coefficient of zero can't hide a term that falls.
    /// </summary>
    private static readonly CalibrationData s_everyTerm = new(
        [.. PassCatalogue.Rows.Select(row => Enumerable.Repeat(1e-9, row.Way.TermNames.Count).ToArray())], InstructionSetKind.Avx2, "", "", 0, "");

    [Fact]
    public void Seconds_AnyShapeAndCandidate_IsFiniteAndPositive() => GeneratedCases.Check(ConvolutionShapes.Arbitrary(), 100, shape =>
    {
        foreach (var isa in Enum.GetValues<InstructionSetKind>())
        {
            var model = new CostModel(BuiltInCalibration.Of(isa), isa);
            foreach (var candidate in CalibrationProbes.Candidates)
            {
                foreach (var threads in (int[])[1, 2, 64])
                {
                    var seconds = model.Seconds(
                        candidate, new PassWork(shape, threads, s_some, s_some, s_some, PacksWeights: true, ClearsResult: true));
                    Assert.True(
                        seconds > 0 && double.IsFinite(seconds),
                        $"{candidate.Pass} {candidate}, {isa}, {threads} threads: {seconds} s for {shape}");
                }
            }
        }
    });

    [Fact]
    public void Seconds_FewerNonZerosAnywhere_AreNeverMore() => GeneratedCases.Check(ConvolutionShapes.Arbitrary(), 100, shape =>
    {
        foreach (var calibration in new[] { s_everyTerm, BuiltInCalibration.Of(InstructionSetKind.Avx2) })
        {
            var model = new CostModel(calibration, InstructionSetKind.Avx2);
            foreach (var candidate in CalibrationProbes.Candidates)
            {
                foreach (var operand in Enum.GetValues<Operand>())
                {
                    IsMonotone(
                        model, candidate, shape, $"fine density of {operand}",
                        density => WorkOf(shape, operand, s_some with { Fine = density }));
                    IsMonotone(
                        model, candidate, shape, $"coarse density of {operand}",
                        density => WorkOf(shape, operand, s_some with { Coarse = density }));
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
    public void Seconds_NoZerosAgainstFew_ReactsWhereTheCandidateSkips(string layer)
    {
        var shape = ConvolutionLayers.All[layer];
        var model = new CostModel(BuiltInCalibration.Of(InstructionSetKind.Avx2), InstructionSetKind.Avx2);
        var terms = new CandidateTerms(shape, InstructionSetKind.Avx2, threads: 1);
        foreach (var candidate in CalibrationProbes.Candidates)
        {
            if (candidate.Pair is not { } pair) continue;
            var runsDense = terms.Of(candidate).Row == terms.Of(candidate with { Pair = null }).Row;
            var (full, few) = (WorkOf(shape, pair.Fine, OperandDensity.Full), WorkOf(shape, pair.Fine, new OperandDensity(0.05, 0.4)));
            var (long_, short_) = (model.Seconds(candidate, in full), model.Seconds(candidate, in few));
            if (runsDense) Assert.Equal(long_, short_);
            else Assert.True(short_ < long_, $"{candidate.Pass} {candidate}: {short_} s with 5 % non-zeros, {long_} s with all, {shape}");
        }
    }

    [Fact]
    public void Seconds_WeightsToPack_TakeLonger()
    {
        var shape = ConvolutionLayers.All["64 to 128, 28x14, 3x3, stride 2"];
        var model = new CostModel(BuiltInCalibration.Of(InstructionSetKind.Avx2), InstructionSetKind.Avx2);
        foreach (var candidate in CalibrationProbes.Candidates.Where(candidate => candidate.Pass != ConvolutionPass.BackwardWeights))
        {
            var packed = new PassWork(shape, 1, s_some, s_some, s_some, PacksWeights: false);
            Assert.True(
                model.Seconds(candidate, packed with { PacksWeights = true }) > model.Seconds(candidate, in packed),
                $"{candidate.Layout} {candidate.Pass} {candidate}");
        }
    }

    [Fact]
    public void Seconds_MoreThreads_AreShared()
    {
        var shape = new ConvolutionShape(16, 64, 32, 32, 64, 3, 3, padding: 1);
        var model = new CostModel(BuiltInCalibration.Of(InstructionSetKind.Avx2), InstructionSetKind.Avx2);
        foreach (var candidate in CalibrationProbes.Candidates)
        {
            var one = model.Seconds(candidate, new PassWork(shape, 1, s_some, s_some, s_some, false));
            var two = model.Seconds(candidate, new PassWork(shape, 2, s_some, s_some, s_some, false));
            Assert.InRange(two / one, 0.45, 0.75);
        }
    }

    [Fact]
    public void Seconds_AfterAShapesFirstCall_AllocatesNothing()
    {
        var model = new CostModel(BuiltInCalibration.Of(InstructionSetKind.Avx2), InstructionSetKind.Avx2);
        var work = new PassWork(ConvolutionLayers.All["3 to 64, 32x32, 3x3"], 2, s_some, s_some, s_some, false);
        Candidate[] candidates = [.. CalibrationProbes.Candidates];
        Assert.Equal(0, Allocations.Least(() =>
        {
            foreach (var candidate in candidates) model.Seconds(candidate, in work);
        }));
    }

    private static void IsMonotone(CostModel model, Candidate candidate, ConvolutionShape shape, string what, Func<double, PassWork> workOf)
    {
        var (before, last) = (0.0, 0.0);
        foreach (var density in s_densities)
        {
            var seconds = model.Seconds(candidate, workOf(density));
            Assert.True(
                seconds >= before * (1 - 1e-12),
                $"{candidate.Pass} {candidate}: {seconds} s at {density} of the {what}, {before} s at {last}, {shape}");
            (before, last) = (seconds, density);
        }
    }

    private static PassWork WorkOf(ConvolutionShape shape, Operand operand, OperandDensity density) => new(
        shape, 1, operand == Operand.Input ? density : s_some, operand == Operand.Weight ? density : s_some, operand == Operand.Output ? density : s_some, PacksWeights: true);
}
