using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = min(max(x + 3, 0), 6)/6</c>: PyTorch's <c>nn.Hardsigmoid</c>.</summary>
/// <param name="name">Its path in the network.</param>
public sealed class HardSigmoid(string name) : Activation(name, new ActivationSweep<HardSigmoidFunction>(default))
{
    internal override Layer Twin() => new HardSigmoid(Name);
}
