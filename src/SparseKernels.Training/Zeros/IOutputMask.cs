using SparseKernels.Sparsity;

namespace SparseKernels.Training.Zeros;

/// <summary>A layer that knows, before its input is computed, which of the input's elements it will drop.</summary>
internal interface IOutputMask
{
    /// <summary>Decides which elements of the input are kept in this step.</summary>
    /// <param name="training">Whether the step trains.</param>
    /// <returns>The elements kept, of the input's sizes; null for all.</returns>
    FineMask? Draw(bool training);

    /// <summary>The density of the mask last drawn.</summary>
    OperandDensity Density { get; }
}
