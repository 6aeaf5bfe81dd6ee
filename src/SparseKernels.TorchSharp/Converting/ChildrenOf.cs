namespace SparseKernels.TorchSharp.Converting;

/// <summary>The modules of a Sequential with their names, for another one.</summary>
internal static class ChildrenOf
{
    /// <summary>The modules with their names.</summary>
    /// <param name="original">The Sequential.</param>
    public static (string Name, TensorModule Module)[] Sequential(TorchModules.Sequential original) =>
        [.. original.named_children().Select(child => (child.name, (TensorModule)child.module))];
}
