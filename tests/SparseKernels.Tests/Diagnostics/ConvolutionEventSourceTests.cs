using System.Diagnostics.Tracing;
using SparseKernels.Diagnostics;
using Xunit;

namespace SparseKernels.Tests.Diagnostics;

public sealed class ConvolutionEventSourceTests
{
    [Fact]
    public void Manifest_EveryEvent_IsWellFormed() =>
        Assert.NotEmpty(EventSource.GenerateManifest(typeof(ConvolutionEventSource), null, EventManifestOptions.Strict)!);

    [Fact]
    public void FirstCall_SomebodyListens_SaysTheChoice()
    {
        using var listener = new Listener();
        var shape = new ConvolutionShape(1, 5, 7, 13, 9, 3, 3);
        using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Schedule = KernelSchedule.Reproducible });
        for (var call = 0; call < 3; call++)
            plan.Forward(new float[shape.InputLength], new float[shape.WeightLength], [], new float[shape.OutputLength]);
        var chosen = plan.Report(ConvolutionPass.Forward).Chosen!.Name;
        var payload = Assert.Single(listener.Seen, one => (string)one[1]! == shape.ToString());
        Assert.Equal(["Forward", shape.ToString(), chosen, ""], payload.Take(4));
        Assert.True((double)payload[4]! > 0);
        Assert.True((double)payload[5]! >= (double)payload[4]!);
    }

    private sealed class Listener : EventListener
    {
        private readonly List<object?[]> _seen = [];

        public object?[][] Seen
        {
            get
            {
                lock (_seen) return [.. _seen];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == ConvolutionEventSource.Provider) EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName != nameof(ConvolutionEventSource.ChoiceChanged)) return;
            lock (_seen) _seen.Add([.. eventData.Payload!]);
        }
    }
}
