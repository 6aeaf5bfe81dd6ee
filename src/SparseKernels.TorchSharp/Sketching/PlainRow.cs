namespace SparseKernels.TorchSharp.Sketching;

/// <summary>The modules that a Sequential runs in a row.</summary>
internal static class PlainRow
{
    /// <summary>Its modules.</summary>
    /// <param name="sequential">The Sequential itself, of no class derived from it, which may do what it likes.</param>
    /// <exception cref="NotSupportedException">One takes something else than a tensor.</exception>
    public static TensorModule[] Of(TorchModules.Sequential sequential) =>
        [.. sequential.children().Select(child => child as TensorModule ?? throw new NotSupportedException($"{child.GetType().Name} is not supported"))];
}
