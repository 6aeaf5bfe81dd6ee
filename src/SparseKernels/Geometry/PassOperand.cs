namespace SparseKernels.Geometry;

/// <summary>An <see cref="Operand"/> as Forward and BackwardData both see it.</summary>
internal enum PassOperand
{
    /// <summary>x of Forward, dy of BackwardData.</summary>
    Data,

    /// <summary>w.</summary>
    Weights,

    /// <summary>y of Forward, dx of BackwardData.</summary>
    Result,
}
