using SparseKernels.Training.Layers.Elementwise.Functions;

namespace SparseKernels.Training.Layers.Elementwise;

/// <summary><c>y = x/(1 + e⁻ˣ)</c>: PyTorch's <c>nn.SiLU</c> (Elfwing et al. 2018).</summary>
/// <param name="name">Its path in the network.</param>
public sealed class Silu(string name) : Activation(name, new ActivationSweep<SiluFunction>(default))
{
    internal override Layer Twin() => new Silu(Name);
}
