using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Bench.Commands;

/// <summary>Fits the cost model to probes and reports by how much it misses them, and layers that it was not fitted to.</summary>
internal sealed class CalibrationCheck(RunSettings settings, TextWriter output)
{
    /// <summary>Densities that no probe has.</summary>
    private static readonly ProbeZeros[] s_heldZeros = [new(0.4, 1, 0.1, 1, 0.45, 1), new(0.2, 0.8, 0.4, 0.5, 0.15, 0.6), new(0.08, 1, 0.03, 1, 0.1, 1)];

    /// <summary>Probes, fits, reports.</summary>
    /// <param name="layers">Layers to hold out.</param>
    /// <param name="repeats">Times to probe.</param>
    /// <param name="defaults">Where to write a calibration of these probes alone; null for nowhere.</param>
    public void Run(IReadOnlyList<BenchLayer> layers, int repeats, string? defaults)
    {
        output.WriteLine($"{MachineName.Describe()}, {InstructionSet.NameOf(settings.Isa)}");
        var samples = new List<ProbeSample>();
        for (var i = 0; i < repeats; i++) samples.AddRange(new CalibrationProbes(settings.Isa, settings.Budget, message: null).Run());
        var calibration = Calibrator.Fit(samples, settings.Isa, defaults is null ? BuiltInCalibration.Of(settings.Isa) : null);
        var model = new CostModel(calibration, settings.Isa);
        Report("probes", samples, model);
        foreach (var layer in layers) Report(layer.Name, Measure(layer), model);
        if (defaults is null) return;
        File.WriteAllText(defaults, CalibrationJson.Write(calibration));
        output.WriteLine($"wrote {defaults}");
    }

    private List<ProbeSample> Measure(BenchLayer layer)
    {
        var probes = new CalibrationProbes(settings.Isa, settings.Budget, message: null);
        return probes.InSeconds(
            s_heldZeros.SelectMany((zeros, i) => probes.Measure(layer.Shape.WithBatch(settings.Batch), zeros, extras: i == 0)));
    }

    private void Report(string name, List<ProbeSample> samples, CostModel model)
    {
        output.WriteLine($"{name}: {samples.Count} samples, mean |log(predicted / seen)| {CalibrationFit.Error(samples, model):F3}{RegretOf(samples, model)}");
        var terms = new TermsOfShapes(settings.Isa);
        foreach (var group in samples.GroupBy(sample => terms.Of(sample.Candidate, sample.Work).Row).OrderBy(group => group.Key.Index))
        {
            var misses = group.Select(sample => Math.Log(model.Seconds(sample.Candidate, sample.Work) / sample.Seconds)).ToArray();
            output.WriteLine($"  {group.Key,-42} {misses.Length,4} samples, mean {misses.Average(Math.Abs),6:F3}, bias {misses.Average(),6:F3}, from {misses.Min(),6:F2} to {misses.Max(),5:F2}");
        }

        output.Flush();
    }

    /// <summary>What choosing by prediction loses against the best time seen, with and without a mask of the result.</summary>
    private static string RegretOf(List<ProbeSample> samples, CostModel model)
    {
        var regrets = new List<double>();
        var calls = samples.Where(sample => sample.Work is { PacksWeights: false, ClearsResult: false }).ToArray();
        var dense = calls.Where(sample => sample.Candidate.Pair is null).ToLookup(sample => (sample.Work.Shape, sample.Candidate.Pass));
        foreach (var group in calls.Where(sample => sample.Candidate.Pair is not null).GroupBy(sample => (sample.Work.Shape, sample.Candidate.Pass, sample.Work.Weight)))
        {
            foreach (var hasMask in (bool[])[false, true])
            {
                ProbeSample[] candidates = [.. group.Where(sample => hasMask || sample.Candidate.NeedsNoMask), .. dense[(group.Key.Shape, group.Key.Pass)].Take(1)];
                if (candidates.Length < 2) continue;
                regrets.Add(candidates.MinBy(sample => model.Seconds(sample.Candidate, sample.Work))!.Seconds / candidates.Min(sample => sample.Seconds));
            }
        }

        return regrets.Count == 0
            ? ""
            : $"; regret of {regrets.Count} choices: geometric mean {Statistics.GeometricMean(regrets):F3}, worst {regrets.Max():F2}";
    }
}
