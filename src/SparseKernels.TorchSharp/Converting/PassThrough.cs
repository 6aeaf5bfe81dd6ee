using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>Stands where a module was that a stretch before it runs: hands its input on.</summary>
internal sealed class PassThrough(TensorModule original) : TensorModule(nameof(PassThrough))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) original.Dispose();
        base.Dispose(disposing);
    }
}
