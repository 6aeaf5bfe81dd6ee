using SparseKernels.Geometry;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A way to run Forward or BackwardData.</summary>
internal unsafe interface ITapPass : IDisposable
{
    /// <summary>The pass as taps.</summary>
    TapGeometry Geometry { get; }

    /// <summary>Floats of the packed weights.</summary>
    nint PackedWeightsLength { get; }

    /// <summary>Packs plain weights <c>[K, C/Groups, R, S]</c> for <see cref="Run"/>, on all threads.</summary>
    void PackWeights(float* plain, float* packed);

    /// <summary>Whether <see cref="Run"/> limits results itself; otherwise whoever calls it does, behind it.</summary>
    bool Limits => false;

    /// <summary>Whether <see cref="Run"/> takes the sums that are wanted of what it writes.</summary>
    bool TakesMoments => false;

    /// <summary>Runs the pass.</summary>
    void Run(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output);
}
