using System.Diagnostics.Metrics;
using SparseKernels.Diagnostics;
using SparseKernels.Sparsity;
using Xunit;

namespace SparseKernels.Tests.Diagnostics;

public sealed class ConvolutionMeterTests
{
    private static readonly ConvolutionShape s_shape = new(1, 7, 5, 9, 11, 3, 3);

    [Fact]
    public void Forward_SomebodyListens_IsCountedAndTimed()
    {
        var seen = new List<(string Instrument, double Value, string? Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConvolutionMeter.Name) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        // A name that no other test's plan gives: tests run side by side and the meter is one.
        using var plan = new ConvolutionPlan(
            s_shape, new ConvolutionOptions { Schedule = KernelSchedule.Forced(new OperandPair(Operand.Weight, Operand.Output)) });
        var mask = new FineMask(1, 11, s_shape.P, s_shape.Q);
        mask.Fill(true);
        plan.Forward(
            new float[s_shape.InputLength], new float[s_shape.WeightLength], [], new float[s_shape.OutputLength],
            new SparseOperands { Output = mask });

        const string Tags = "pass=Forward skips=weight-output";
        lock (seen)
        {
            Assert.Contains(seen, one => one == ("sparsekernels.convolution.calls", 1, Tags));
            Assert.Contains(seen, one => one is { Instrument: "sparsekernels.convolution.duration", Value: > 0, Tags: Tags });
            Assert.Contains(seen, one => one == ("sparsekernels.convolution.saved", 0, Tags));
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            lock (seen) seen.Add((instrument.Name, value, text));
        }
    }
}
