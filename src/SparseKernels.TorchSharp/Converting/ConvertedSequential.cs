using SparseKernels.TorchSharp.Nodes;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>Stands for a Sequential: the same modules under the same names, run in stretches.</summary>
/// <param name="runner">Runs them.</param>
/// <param name="original">The Sequential.</param>
internal sealed class ConvertedSequential(RowRunner runner, TorchModules.Sequential original)
    : TorchModules.Sequential(ChildrenOf.Sequential(original)), IConverted, IRow
{
    /// <summary>One for a Sequential; null where no stretch was found.</summary>
    /// <param name="original">The Sequential.</param>
    /// <param name="settings">What is known, and where the report is written.</param>
    /// <param name="prefix">What its modules' names begin with.</param>
    public static ConvertedSequential? TryMake(TorchModules.Sequential original, ConversionSettings settings, string prefix)
    {
        var modules = ChildrenOf.Sequential(original);
        if (modules.Length == 0) return null;
        var runner = RowRunner.TryMake([.. modules.Select(entry => entry.Module)], [.. modules.Select(entry => prefix + entry.Name)], settings);
        if (runner is null) return null;
        bool[] modes = [.. original.modules().Select(module => module.training)];
        var converted = new ConvertedSequential(runner, original);
        converted.train(original.training);

        // Whatever the modules' modes were, they are again.
        foreach (var (module, mode) in original.modules().Zip(modes)) module.train(mode);
        return converted;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor tensor) => runner.Run(tensor);

    /// <inheritdoc/>
    public string Explain() => runner.Explain();

    /// <inheritdoc/>
    public void Free() => runner.Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) runner.Dispose();
        base.Dispose(disposing);
    }
}
