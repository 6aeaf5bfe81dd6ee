using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = 1/(1 + e⁻ˣ)</c>: PyTorch's <c>nn.Sigmoid</c>.</summary>
/// <param name="name">Its path in the network.</param>
public sealed class Sigmoid(string name) : Activation(name, new ActivationSweep<SigmoidFunction>(default))
{
    internal override Layer Twin() => new Sigmoid(Name);
}
