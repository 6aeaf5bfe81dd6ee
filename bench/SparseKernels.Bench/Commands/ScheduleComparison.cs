using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Scheduling;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Times what the scheduler chose beside every other candidate, and reports its regret.</summary>
internal sealed class ScheduleComparison(ScheduleSettings settings)
{
    /// <summary>Calls after which the runtime has compiled everything outside the kernels for good.</summary>
    private const int CallsToCompile = 40;

    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(0.1);

    private readonly RunSettings _run = settings.Run;
    private readonly InterleavedTimer _timer = new(TimeProvider.System);

    /// <summary>Runs layers with random zeros.</summary>
    /// <param name="layers">The layers, any batch.</param>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="ArgumentException">No pattern has such a name.</exception>
    /// <exception cref="InvalidDataException">A candidate's result differs from the dense one.</exception>
    public void Run(IReadOnlyList<BenchLayer> layers, TextWriter output)
    {
        var zeros = settings.Passes.SelectMany(pass => SyntheticCases.Of(pass, settings.Patterns).Select(zeros => (Pass: pass, Zeros: zeros))).ToArray();
        if (zeros.Length == 0) throw new ArgumentException($"--patterns {settings.Patterns}: no pattern's name contains it.");
        Run(output, "random zeros, by seed; the plan estimates densities", layers.SelectMany(layer =>
        {
            var shape = layer.Shape.WithBatch(_run.Batch);
            return zeros.Select(one => (layer.Name, Shape: shape, Case: (Func<ConvolutionShape, ScheduleCase>)(any => SyntheticCases.Draw(any, one.Pass, one.Zeros))));
        }));
    }

    /// <summary>Runs layers with the zeros of a training run.</summary>
    /// <param name="layers">The layers with their zeros.</param>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="InvalidDataException">A candidate's result differs from the dense one.</exception>
    public void Run(IReadOnlyList<CapturedLayer> layers, TextWriter output) =>
        Run(output, "zeros captured in training, random ones of weights; densities as layers count them", layers.SelectMany(layer =>
            settings.Passes.SelectMany(pass => CapturedCases.Of(layer, pass)).Select(one => (layer.Name, layer.Shape, Case: (Func<ConvolutionShape, ScheduleCase>)(_ => one)))));

    private void Run(
        TextWriter output, string zeros,
        IEnumerable<(string Layer, ConvolutionShape Shape, Func<ConvolutionShape, ScheduleCase> Case)> questions)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine(
            $"N = {_run.Batch}, {_run.Threads} thread{(_run.Threads == 1 ? "" : "s")}, {InstructionSet.NameOf(_run.Isa)}, fp32; {zeros}; weights between calls: {Describe(settings.Weights)}; " +
            "blocked tensors in and out; all candidates and both schedules in turn in one process, medians; plans called before until their choice stays");
        output.WriteLine($"predictions: {Calibration.Current.Source}");
        output.WriteLine();
        var table = new ScheduleTable(output);
        table.WriteHeader();
        ConvolutionData? data = null;
        foreach (var (layer, shape, find) in questions)
        {
            if (data is null || data.Shape != shape)
            {
                data = new ConvolutionData(shape);
                Compile(shape.WithBatch(1));
            }

            table.Add(Measure(layer, data, find(shape)));
        }

        ScheduleSummary.Write(table.Rows, output);
        if (_run.Json is not null) RatioJson.Write(_run.Json, table.Rows);
    }

    private ScheduleRow Measure(string layer, ConvolutionData data, ScheduleCase one)
    {
        using var trial = new ScheduleTrial(data, one, settings.Weights, _run.Convolution);
        trial.Check(layer);
        trial.Settle();
        return trial.Measure(_timer, _run.Budget, layer);
    }

    private void Compile(ConvolutionShape shape)
    {
        var data = new ConvolutionData(shape);
        foreach (var pass in settings.Passes)
        {
            var result = pass switch { ConvolutionPass.Forward => Operand.Output, ConvolutionPass.BackwardData => Operand.Input, _ => Operand.Weight };
            using var trial = new ScheduleTrial(
                data, SyntheticCases.Draw(shape, pass, [new OperandZeros(result, 50)]), settings.Weights, _run.Convolution);
            trial.Compile(CallsToCompile, s_longestWarmUp);
        }
    }

    private static string Describe(WeightUse use) => use switch
    {
        WeightUse.Kept => "kept, packed once",
        WeightUse.Values => "new values, the same zeros, taken over inside the time",
        _ => "new values and zeros, packed inside the time",
    };
}
