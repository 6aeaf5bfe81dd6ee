using SparseKernels.TorchSharp.Nodes;

namespace SparseKernels.TorchSharp.Sketching;

/// <summary>The modules that a Sequential runs in a row.</summary>
internal static class PlainRow
{
    /// <summary>Whether a module is a row: a Sequential itself or one of ours, of no other class derived from it, which may do what it likes.</summary>
    /// <param name="module">The module.</param>
    public static bool IsRow(AnyModule module) => module.GetType() == typeof(TorchModules.Sequential) || module is TorchModules.Sequential and IRow;

    /// <summary>Its modules.</summary>
    /// <param name="sequential">One for which <see cref="IsRow"/> says yes.</param>
    /// <exception cref="NotSupportedException">One takes something else than a tensor.</exception>
    public static TensorModule[] Of(TorchModules.Sequential sequential) =>
        [.. sequential.children().Select(child => child as TensorModule ?? throw new NotSupportedException($"{child.GetType().Name} is not supported"))];
}
