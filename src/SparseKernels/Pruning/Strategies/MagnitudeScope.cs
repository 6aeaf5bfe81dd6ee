
namespace SparseKernels.Pruning.Strategies;

/// <summary>What magnitudes of weights are compared with.</summary>
public enum MagnitudeScope
{
    /// <summary>Each layer by itself, in units of its own root mean square weight: all get about as sparse.</summary>
    Layer,

    /// <summary>All layers together: one threshold, and layers of small weights, mostly those with most of them, get sparser.</summary>
    Global,

    /// <summary>
    /// Half-way between the two: in units of the geometric mean of the layer's root mean square weight and that of all layers. Spreads
    /// zeros much as the Erdős–Rényi kernel distribution does (Evci et al. 2020), by weights instead of by sizes.
    /// </summary>
    Balanced,
}
