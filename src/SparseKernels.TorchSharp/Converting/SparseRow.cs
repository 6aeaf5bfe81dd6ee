using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>
/// Stands in a field of a model for a module, or for the first of a row of modules, and runs them. The model's own list of its modules, and
/// with it parameters, state dictionary and modes, stays as it is.
/// </summary>
internal sealed class SparseRow(RowRunner runner, TensorModule original) : TensorModule(nameof(SparseRow)), IConverted
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => runner.Run(input);

    /// <inheritdoc/>
    public string Explain() => runner.Explain();

    /// <inheritdoc/>
    public void Free() => runner.Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            runner.Dispose();
            original.Dispose();
        }

        base.Dispose(disposing);
    }
}
