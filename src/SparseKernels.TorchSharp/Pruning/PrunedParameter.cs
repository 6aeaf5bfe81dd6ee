using SparseKernels.Pruning;
using SparseKernels.TorchSharp.Nodes;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp.Pruning;

/// <summary>One of torch's weights that a pruning unit prunes in torch's own memory.</summary>
internal sealed class PrunedParameter
{
    private readonly string _name;
    private readonly AnyModule _module;
    private readonly TorchMemory _weights;
    private readonly float[] _gradient;
    private readonly PrunedLayer _layer;
    private readonly AttachedMask _attached;
    private TorchParameter _parameter;

    /// <summary>Registers a module's weight with a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="name">The module's name in the model.</param>
    /// <param name="module">A Conv2d or Linear.</param>
    /// <exception cref="ArgumentException">The weight is of a kind that can't be read in place.</exception>
    public PrunedParameter(PruningUnit unit, string name, AnyModule module)
    {
        (_name, _module, _parameter) = ($"{name}.weight", module, WeightOf(module));
        (_weights, _gradient) = (new TorchMemory((int)_parameter.NumberOfElements), new float[_parameter.NumberOfElements]);
        Look(wantsGradient: false);
        int[] sizes = [.. _parameter.shape.Select(size => (int)size)];
        _layer = unit.Register(
            _name, sizes, _weights.Memory, _gradient, groups: ModuleParameters.Of(module)!.Groups);
        _attached = new AttachedMask(_layer.Mask);
        _attached.AttachTo(_parameter);
    }

    /// <summary>Looks where the weight lies now, and takes the gradient if it is wanted.</summary>
    /// <param name="wantsGradient">Whether the strategy reads it.</param>
    /// <exception cref="InvalidOperationException">The weight can't be read in place any more, or has no gradient.</exception>
    public void Look(bool wantsGradient)
    {
        var parameter = WeightOf(_module);
        if (!ReferenceEquals(parameter, _parameter))
        {
            AttachedMask.TakeFrom(_parameter);
            (_parameter = parameter).OrThrow(_name, _gradient.Length);
            _attached.AttachTo(parameter);
        }

        parameter.OrThrow(_name, _gradient.Length);
        _weights.PointTo(TensorMemory.Floats(parameter));
        if (!wantsGradient) return;
        using var gradient = parameter.grad ?? throw new InvalidOperationException(
            $"{_name} must have a gradient: the strategy grows weights by it, so the step comes after backward and before zero_grad.");
        using var plain = gradient.contiguous();
        TensorMemory.Floats(plain).CopyTo(_gradient);
    }

    /// <summary>Says what the next backward pass is to leave.</summary>
    /// <param name="whole">Whether gradients of pruned weights are wanted.</param>
    public void Want(bool whole) => _attached.WantsWholeGradient = whole;

    /// <summary>Lets the weight go; what is zero stays so until it is trained.</summary>
    public void Detach() => AttachedMask.TakeFrom(_parameter);

    private static TorchParameter WeightOf(AnyModule module) => ModuleParameters.Of(module)?.Weight()
        ?? throw new ArgumentException($"module must have a weight, got {module.GetType().Name}.", nameof(module));
}
