using SparseKernels.TorchSharp.Nodes;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp.Pruning;

/// <summary>Makes sure that a parameter can be pruned where it lies.</summary>
internal static class ParameterCheck
{
    /// <summary>Throws unless it can.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="name">Its name in the model.</param>
    /// <param name="length">Its elements.</param>
    /// <exception cref="InvalidOperationException">It can't.</exception>
    public static void OrThrow(this TorchParameter parameter, string name, int length)
    {
        if (parameter.NumberOfElements == length && TensorMemory.IsPlain(parameter)) return;
        throw new InvalidOperationException(
            $"{name} must be {length} 32-bit floats side by side on the CPU, got {parameter.NumberOfElements} of {parameter.dtype} on "
            + $"{parameter.device_type}.");
    }
}
