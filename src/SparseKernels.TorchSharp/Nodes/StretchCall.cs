using SparseKernels.Training.Stretches;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>One forward pass of a stretch on its way into torch's graph.</summary>
/// <param name="Stretch">The stretch.</param>
/// <param name="Pass">What Forward left.</param>
/// <param name="Output">The output.</param>
/// <param name="InputSizes">The input's sizes.</param>
/// <param name="InputLayout">How the input lies in memory.</param>
/// <param name="WantsInput">Whether the input's gradient is wanted.</param>
/// <param name="Wanted">For each of the stretch's parameters: whether its gradient is wanted.</param>
internal sealed record StretchCall(TorchStretch Stretch, StretchPass Pass, Tensor Output, long[] InputSizes, PlainLayout InputLayout, bool WantsInput, bool[] Wanted);
