using SparseKernels.TorchSharp.Converting;
using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Sketching;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp;

/// <summary>
/// torch's Sequential whose convolutional stretches run on this library's kernels: the same modules in the same order with the same
/// parameters, buffers, names and modes. What can't be followed runs as torch does, and so does everything for inputs of other types or devices,
/// or while a module inside has a hook.
/// </summary>
public sealed class SparseSequential : TorchModules.Sequential, IRow
{
    private readonly RowRunner? _runner;

    /// <summary>Makes a Sequential of modules, numbered as torch does.</summary>
    /// <param name="modules">The modules; they are the Sequential's from now on.</param>
    /// <exception cref="ArgumentNullException">The array or a module is null.</exception>
    public SparseSequential(params TensorModule[] modules)
        : this(Named(modules), options: null)
    {
    }

    /// <summary>Makes a Sequential of named modules.</summary>
    /// <param name="modules">The modules with their names; they are the Sequential's from now on.</param>
    /// <param name="options">Threads, schedule, memory and blocks of one's own.</param>
    /// <exception cref="ArgumentNullException">The array or a module is null.</exception>
    public SparseSequential((string Name, TensorModule Module)[] modules, SparseTorchOptions? options)
        : base(Checked(modules)) => _runner = modules.Length == 0 ? null
            : RowRunner.TryMake([.. modules.Select(entry => entry.Module)], [.. modules.Select(entry => entry.Name)], SettingsOf(options));

    /// <summary>Whether a stretch of it runs on this library's kernels.</summary>
    public bool HasStretch => _runner is not null;

    /// <summary>What ran, and on which kernels, for each stretch and each size of its input that memory is kept for.</summary>
    /// <returns>Lines of text; none before the first call.</returns>
    public string Explain() => _runner?.Explain() ?? "";

    /// <inheritdoc/>
    public override Tensor forward(Tensor tensor) => _runner is null ? base.forward(tensor) : _runner.Run(tensor);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _runner?.Dispose();
        base.Dispose(disposing);
    }

    private static ConversionSettings SettingsOf(SparseTorchOptions? options)
    {
        options ??= new SparseTorchOptions();
        return new ConversionSettings(options, KnownBlocks.Under(options), _ => { }, (_, _) => false);
    }

    private static (string Name, TensorModule Module)[] Named(TensorModule[] modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return [.. modules.Select((module, i) => ($"{i}", module))];
    }

    private static (string Name, TensorModule Module)[] Checked((string Name, TensorModule Module)[] modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (var (name, module) in modules) ArgumentNullException.ThrowIfNull(module, name);
        return modules;
    }
}
