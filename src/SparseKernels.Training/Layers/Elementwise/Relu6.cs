using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = min(max(x, 0), 6)</c>: PyTorch's <c>nn.ReLU6</c> (Howard et al. 2017). Its zeros count as those of <see cref="Relu"/>.</summary>
/// <param name="name">Its path in the network.</param>
public sealed class Relu6(string name) : Activation(name, new ActivationSweep<ClipFunction>(new(0, 6)))
{
    internal override ValueRange? Limits => ValueRange.Relu6;

    internal override Layer Twin() => new Relu6(Name);
}
