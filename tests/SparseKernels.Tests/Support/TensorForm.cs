namespace SparseKernels.Tests.Support;

/// <summary>How a test hands its tensors to a plan.</summary>
internal enum TensorForm
{
    /// <summary>Spans, NCHW.</summary>
    Plain,

    /// <summary>Spans, NHWC, with packed weights: before forms for which the plan keeps copies of the same tensors.</summary>
    Nhwc,

    /// <summary>Channel-blocked tensors.</summary>
    ChannelBlocked,

    /// <summary>Batch-blocked tensors with the border that the plan asks for.</summary>
    BatchBlocked,

    /// <summary>Planar tensors, likewise.</summary>
    Planar,
}

internal static class TensorForms
{
    public static TensorForm[] All { get; } = Enum.GetValues<TensorForm>();
}
