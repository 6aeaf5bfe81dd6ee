using System.Collections.ObjectModel;

namespace SparseKernels.Onnx;

/// <summary>How <see cref="OnnxExport"/> writes a network.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>
    /// Whether batch normalisation is folded into the convolutions before it, and dropout left out: the form for inference, which is smaller and
    /// faster where runtimes don't fold themselves. By default it stays apart, so that the file can be fine-tuned.
    /// </summary>
    public bool FoldNormalisation { get; init; }

    /// <summary>
    /// Whether weights of which two thirds or more are zero are written as sparse initialisers: values and places. It makes files smaller; ONNX Runtime
    /// reads them, not every other reader does. Off by default.
    /// </summary>
    public bool SparseInitialisers { get; init; }

    /// <summary>Images in a batch; null, the default, leaves it open under the name <c>batch</c>.</summary>
    public int? Batch { get; init; }

    /// <summary>
    /// What else the file is to say (<c>metadata_props</c> of the standard), such as the names of classes; nothing by default. Runtimes hand it on and heed
    /// none of it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
