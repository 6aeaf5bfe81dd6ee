namespace SparseKernels;

/// <summary>One of the three tensors of a convolution; in the backward passes, the tensor or its gradient.</summary>
public enum Operand
{
    /// <summary>x in Forward and BackwardWeights, dx in BackwardData.</summary>
    Input = 0,

    /// <summary>w in Forward and BackwardData, dw in BackwardWeights.</summary>
    Weight = 1,

    /// <summary>y in Forward, dy in the backward passes.</summary>
    Output = 2,
}
