using SparseKernels.Training.Layers;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>A module of this package's, which says itself what layer it is.</summary>
internal interface IOwnModule
{
    /// <summary>Dimensions of its input: 4 for images, 2 for rows.</summary>
    int Rank { get; }

    /// <summary>Weight and bias.</summary>
    ModuleParameters Parameters { get; }

    /// <summary>The layer that computes the same, with values of its own.</summary>
    /// <param name="name">What it is called.</param>
    /// <exception cref="NotSupportedException">There is none.</exception>
    /// <exception cref="ArgumentException">The sizes make none.</exception>
    Layer CreateLayer(string name);
}
