global using AnyModule = TorchSharp.torch.nn.Module;
global using TensorModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
global using TorchModules = TorchSharp.Modules;
using SparseKernels.TorchSharp.Converting;

namespace SparseKernels.TorchSharp;

/// <summary>Makes TorchSharp models run on this library's kernels.</summary>
public static class SparseTorch
{
    /// <summary>
    /// Finds the longest stretches of Conv2d, BatchNorm2d, ReLU, ReLU6, pooling, Dropout, Flatten, Linear and sums that can be followed, in
    /// <c>Sequential</c>s, in TorchVision's ResNet and MobileNetV2 and in what <see cref="SparseTorchOptions.Blocks"/> describes, and makes each one
    /// node of torch's graph; a convolution or Linear in a field of its own becomes a node by itself. Parameters, buffers, their names and modes
    /// stay the very same, and so does the optimiser.
    /// </summary>
    /// <param name="model">The model, changed in place. Its fields must be declared as <c>Module&lt;Tensor, Tensor&gt;</c> or <c>Sequential</c>.</param>
    /// <param name="options">Threads, schedule, memory and blocks of one's own.</param>
    /// <returns>What became of what, the model to call, and the way back.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="NotSupportedException">A description names a field that its module has not.</exception>
    public static ConversionReport Convert(TensorModule model, SparseTorchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var converter = new ModelConverter(options ?? new SparseTorchOptions());
        var converted = converter.Convert(model);
        return new ConversionReport(model, converted, converter.Parts, converter.Changes);
    }
}
