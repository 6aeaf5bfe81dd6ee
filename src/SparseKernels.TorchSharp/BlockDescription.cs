namespace SparseKernels.TorchSharp;

/// <summary>
/// What the <c>forward</c> of a module of one's own computes: <c>y = row(x)</c>, <c>y = row(x) + x</c> or <c>y = row(x) + beside(x)</c>, each with or
/// without a ReLU behind it. Its modules are named by the fields that hold them.
/// </summary>
/// <param name="Row">The fields of the modules that run one after the other, and <see cref="Relu"/> or <see cref="Mean"/> where forward calls the functions.</param>
public sealed record BlockDescription(params IReadOnlyList<string> Row)
{
    /// <summary>Stands in a row where <c>forward</c> calls <c>functional.relu</c> between two modules.</summary>
    public const string Relu = "relu()";

    /// <summary>Stands in a row where <c>forward</c> calls <c>adaptive_avg_pool2d(x, 1).flatten(1)</c>: <c>[N, C, H, W]</c> becomes <c>[N, C]</c>.</summary>
    public const string Mean = "mean()";

    /// <summary>Whether the input, or what <see cref="Beside"/> makes of it, is added to the row's output.</summary>
    public bool AddsInput { get; init; }

    /// <summary>
    /// The field of the module on the way beside the row; its value may be null. Null, the default, for none. It says that the input is added.
    /// </summary>
    public string? Beside { get; init; }

    /// <summary>Whether a ReLU that is no module of the row follows at the end.</summary>
    public bool HasRelu { get; init; }
}
