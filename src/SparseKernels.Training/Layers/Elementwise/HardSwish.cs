using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = x · min(max(x + 3, 0), 6)/6</c>: PyTorch's <c>nn.Hardswish</c> (Howard et al. 2019).</summary>
/// <param name="name">Its path in the network.</param>
public sealed class HardSwish(string name) : Activation(name, new ActivationSweep<HardSwishFunction>(default))
{
    internal override Layer Twin() => new HardSwish(Name);
}
