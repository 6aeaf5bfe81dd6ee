using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels;

/// <summary>The door's checks of tensors and patterns: each says which argument is wrong, what was expected and what came.</summary>
internal readonly ref struct ArgumentCheck(ConvolutionShape shape)
{
    public void Input(BlockedTensor tensor, string name) => Tensor(tensor, name, shape.C, shape.H, shape.W);

    public void Output(BlockedTensor tensor, string name) => Tensor(tensor, name, shape.K, shape.P, shape.Q);

    public void Weights(PackedWeights weights, ConvolutionPlan plan, string name)
    {
        ArgumentNullException.ThrowIfNull(weights, name);
        if (weights.Plan != plan)
            throw new ArgumentException($"{name} must come from this plan ({shape}), but belongs to another ({weights.Plan.Shape}).", name);
    }

    public void Input(FineMask? mask, string name) => Mask(mask, name, shape.C, shape.H, shape.W);

    public void Output(FineMask? mask, string name) => Mask(mask, name, shape.K, shape.P, shape.Q);

    public void Weights(WeightPattern? pattern, string name)
    {
        if (pattern is not null && (pattern.Shape.K, pattern.Shape.GroupC, pattern.Shape.R, pattern.Shape.S) != (shape.K, shape.GroupC, shape.R, shape.S))
            throw new ArgumentException($"{name} must be of weights [{shape.K}, {shape.GroupC}, {shape.R}, {shape.S}]; got one of [{pattern.Shape.K}, {pattern.Shape.GroupC}, {pattern.Shape.R}, {pattern.Shape.S}].", name);
    }

    /// <summary>Densities are shares.</summary>
    public static void Density(OperandDensity? density, string name)
    {
        if (density is { } given && !(given.Fine is >= 0 and <= 1 && given.Coarse is >= 0 and <= 1))
            throw new ArgumentException($"{name} must be shares from 0 to 1; got {given.Fine} fine, {given.Coarse} coarse.", name);
    }

    private void Mask(FineMask? mask, string name, int c, int h, int w)
    {
        if (mask is not null && (mask.N, mask.C, mask.H, mask.W) != (shape.N, c, h, w))
            throw new ArgumentException(
                $"{name} must be [{shape.N}, {c}, {h}, {w}] for {shape}; got [{mask.N}, {mask.C}, {mask.H}, {mask.W}].", name);
    }

    private void Tensor(BlockedTensor tensor, string name, int c, int h, int w)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if ((tensor.N, tensor.C, tensor.H, tensor.W) != (shape.N, c, h, w))
            throw new ArgumentException(
                $"{name} must be [{shape.N}, {c}, {h}, {w}] for {shape}; got [{tensor.N}, {tensor.C}, {tensor.H}, {tensor.W}].", name);
    }
}
