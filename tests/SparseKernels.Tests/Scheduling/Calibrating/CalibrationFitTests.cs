using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Scheduling.Cost;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Calibrating;

[Collection(SoloCollection.Name)]
public sealed class CalibrationFitTests
{
    private static readonly InstructionSetKind s_isa = InstructionSetKind.Avx2;
    private static readonly PassRow s_denseForward = Row("forward/dense");

    [Fact]
    public void Fit_TimesOfAMachineTwiceAsSlow_PredictsThem()
    {
        var known = new CostModel(BuiltInCalibration.Of(s_isa), s_isa);
        var samples = Samples().Select(sample => sample with { Seconds = 2 * known.Seconds(sample.Candidate, sample.Work) }).ToArray();
        var fitted = Calibrator.Fit(samples, s_isa, BuiltInCalibration.Of(s_isa));
        Assert.InRange(fitted.Error, 0, 0.01);
        Assert.Equal(2, fitted.CoefficientsOf(s_denseForward)[0] / BuiltInCalibration.Of(s_isa).CoefficientsOf(s_denseForward)[0], 0.02);
    }

    [Fact]
    public void Fit_AWayWithoutSamples_KeepsItsProportionsAtTheOthersPace()
    {
        var known = new CostModel(BuiltInCalibration.Of(s_isa), s_isa);
        var samples = Samples().Where(sample => sample.Candidate.Pass == ConvolutionPass.Forward).Select(sample => sample with { Seconds = 3 * known.Seconds(sample.Candidate, sample.Work) }).ToArray();
        var fitted = Calibrator.Fit(samples, s_isa, BuiltInCalibration.Of(s_isa));
        var way = Row("backwardweights/inputfine");
        foreach (var (now, before) in fitted.CoefficientsOf(way).ToArray().Zip(BuiltInCalibration.Of(s_isa).CoefficientsOf(way).ToArray()))
            Assert.Equal(3 * before, now, 0.02 * before);
    }

    [Fact]
    public void Fit_OneWaySlowerThanKnown_MovesThatWayAlone()
    {
        var slow = Row("forward/weightfine");
        var (known, terms) = (new CostModel(BuiltInCalibration.Of(s_isa), s_isa), new TermsOfShapes(s_isa));
        var samples = Samples().Select(sample => sample with
        {
            Seconds = known.Seconds(sample.Candidate, sample.Work) * (terms.Of(sample.Candidate, sample.Work).Row == slow ? 4 : 1),
        }).ToArray();
        var model = new CostModel(Calibrator.Fit(samples, s_isa, BuiltInCalibration.Of(s_isa)), s_isa);
        foreach (var sample in samples) Assert.InRange(model.Seconds(sample.Candidate, sample.Work) / sample.Seconds, 0.8, 1.25);
    }

    [Fact]
    public void Measure_LittleTime_EndsSoonAndSaysWhatItDid()
    {
        var told = new List<string>();
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var calibration = Calibration.Measure(TimeSpan.FromMilliseconds(300), told.Add);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0.2, 60);
        Assert.StartsWith("compiling", told[0]);
        Assert.Equal(InstructionSet.Current, calibration.InstructionSet);
        Assert.Equal(ProcessorName.Identity(), calibration.Processor);
    }

    [Fact]
    public void Measure_NoTime_Throws() =>
        Assert.Equal("budget", Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.Measure(TimeSpan.Zero)).ParamName);

    [Fact]
    public void Probes_OneShape_TimeEveryKindOfCallAndKnowItsDensities()
    {
        var shape = new ConvolutionShape(2, 32, 6, 6, 32, 3, 3, padding: 1);
        var probes = new CalibrationProbes(InstructionSet.Current, TimeSpan.FromMinutes(1), null);
        var samples = probes.InSeconds(probes.Measure(shape, ProbeZeros.All[2], extras: true));
        var terms = new CandidateTerms(shape, InstructionSet.Current, threads: 1);
        foreach (var candidate in CalibrationProbes.Candidates)
        {
            // What the dense kernels serve is timed as they are, once; what is converted is timed as what it is converted to.
            var runsInIt = PassCatalogue.LayoutOfRun(candidate.Pass, shape, candidate.Layout) == candidate.Layout;
            Assert.Equal(candidate is not { Layout: BlockedLayout.Planar, Pass: ConvolutionPass.BackwardWeights }, runsInIt);
            var isServed = runsInIt && (candidate.Pair is null || terms.Of(candidate).Row != terms.Of(candidate with { Pair = null }).Row);
            Assert.Equal(isServed, samples.Exists(sample => sample.Candidate == candidate));
        }

        Assert.All(samples, sample => Assert.InRange(sample.Seconds, 1e-7, 1));
        var forward = samples.First(sample => sample.Candidate == new Candidate(ConvolutionPass.Forward, new OperandPair(Operand.Output, Operand.Weight))).Work;
        Assert.InRange(forward.Input.Fine, 0.05, 0.16);
        Assert.InRange(forward.Input.Coarse, 0.4, 0.95);
        Assert.InRange(forward.Weight.Fine, 0.04, 0.12);
        Assert.InRange(forward.Weight.Coarse, 0.12, 0.4);
        Assert.InRange(forward.Output.Fine, 0.03, 0.2);
        Assert.True(forward.Output.Coarse < 0.9);
        Assert.Equal(
            OperandDensity.Full, samples.First(sample => sample.Candidate == new Candidate(ConvolutionPass.Forward, null)).Work.Output);
        Assert.Contains(samples, sample => sample.Work.PacksWeights);
        Assert.Contains(samples, sample => sample.Work.ClearsResult);
    }

    private static PassRow Row(string name) => PassCatalogue.Rows.Single(row => row.ToString() == name);

    private static IEnumerable<ProbeSample> Samples() =>
        from shape in CalibrationProbes.Shapes
        from density in (double[])[0.1, 0.5, 1]
        from packs in (bool[])[false, true]
        from candidate in CalibrationProbes.Candidates
        select new ProbeSample(candidate, new PassWork(shape, 1, new(density), new(density), new(density), packs), 0);
}
