using System.Diagnostics.Tracing;

namespace SparseKernels.Diagnostics;

/// <summary>The events of provider <c>SparseKernels</c>, as <c>dotnet-trace collect --providers SparseKernels</c> takes them.</summary>
[EventSource(Name = Provider)]
internal sealed class ConvolutionEventSource : EventSource
{
    /// <summary>The provider's name.</summary>
    public const string Provider = "SparseKernels";

    private ConvolutionEventSource()
    {
    }

    public static ConvolutionEventSource Log { get; } = new();

    /// <summary>A pass of a plan was chosen another way than its last call.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="skips">What it skips now: <c>dense</c>, or a pair such as <c>input-weight</c>.</param>
    /// <param name="skipped">What it skipped before; empty at its first call.</param>
    /// <param name="expectedMilliseconds">The time expected.</param>
    /// <param name="denseMilliseconds">The time expected of the dense kernels.</param>
    [Event(1, Level = EventLevel.Informational, Message = "{0} of {1}: {2} after {3}, {4} ms expected, dense {5} ms")]
    public void ChoiceChanged(string pass, string shape, string skips, string skipped, double expectedMilliseconds, double denseMilliseconds) =>
        WriteEvent(1, pass, shape, skips, skipped, expectedMilliseconds, denseMilliseconds);
}
