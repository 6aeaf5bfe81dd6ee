namespace SparseKernels.TorchSharp.Nodes;

/// <summary>The modules inside another in the order in which they are declared, each before those in it.</summary>
internal static class DeclaredModules
{
    /// <summary>
    /// The modules with their names, a shared one as often as it is named. TorchSharp's <c>named_modules</c> has the same ones, but all of a level before
    /// those of the next: a classifier beside its features would come before every convolution in them.
    /// </summary>
    /// <param name="module">The module around them, which is left out.</param>
    public static IEnumerable<(string Name, AnyModule Module)> In(AnyModule module) => In(module, prefix: "");

    private static IEnumerable<(string Name, AnyModule Module)> In(AnyModule module, string prefix)
    {
        foreach (var (name, child) in module.named_children())
        {
            yield return (prefix + name, child);
            foreach (var inside in In(child, $"{prefix}{name}.")) yield return inside;
        }
    }
}
