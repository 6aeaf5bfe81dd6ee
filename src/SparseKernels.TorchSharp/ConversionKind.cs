namespace SparseKernels.TorchSharp;

/// <summary>What became of modules.</summary>
public enum ConversionKind
{
    /// <summary>They run together as one node of torch's graph.</summary>
    Stretch,

    /// <summary>They stay with torch.</summary>
    Torch,
}
