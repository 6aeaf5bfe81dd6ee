using SparseKernels.TorchSharp.Sketching;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>What a conversion needs to know, and where it reports.</summary>
/// <param name="Options">The user's options.</param>
/// <param name="Blocks">What is known of composed modules.</param>
/// <param name="Report">Takes what became of modules.</param>
/// <param name="ConvertInside">Converts what is inside a module that can't be followed itself; says whether it reported of it.</param>
internal sealed record ConversionSettings(
    SparseTorchOptions Options, KnownBlocks Blocks, Action<ConvertedPart> Report, Func<TensorModule, string, bool> ConvertInside);
