namespace SparseKernels.Pruning.Strategies;

/// <summary>How a sparsity of the whole network is spread over its layers.</summary>
public enum SparsityDistribution
{
    /// <summary>Each layer the same.</summary>
    Uniform,

    /// <summary>
    /// Layers are denser the fewer weights they have: density in proportion to <c>(C + K + R + S) / (C·K·R·S)</c>, at most 1 (Evci et al.
    /// 2020, ERK).
    /// </summary>
    ErdosRenyiKernel,
}
