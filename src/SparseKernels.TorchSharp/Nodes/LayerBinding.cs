using System.Runtime.InteropServices;
using SparseKernels.Training.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>One of torch's modules and the layer that stands for it, with all that both must agree about.</summary>
/// <param name="module">The module.</param>
/// <param name="layer">The layer.</param>
/// <param name="parameters">Weight and bias, those that there are.</param>
internal sealed class LayerBinding(AnyModule module, Layer layer, IReadOnlyList<ParameterBinding> parameters)
{
    private readonly TorchModules.BatchNorm2d? _norm = module as TorchModules.BatchNorm2d;
    private readonly ModuleParameters? _parameters = ModuleParameters.Of(module);

    /// <summary>Weight and bias, those that there are.</summary>
    public IReadOnlyList<ParameterBinding> Parameters { get; } = parameters;

    /// <summary>The layer that stands for the module.</summary>
    public Layer Layer { get; } = layer;

    /// <summary>Whether the module does something else in training than in inference.</summary>
    public bool HasModes { get; } = module is TorchModules.BatchNorm2d or TorchModules.Dropout;

    /// <summary>Whether it is in training mode now.</summary>
    public bool Trains => HasModes && module.training;

    /// <summary>Whether the module has as many parameters as when it was converted.</summary>
    public bool HasAllParameters => _parameters is null || _parameters.Count == Parameters.Count;

    /// <summary>Whether torch's running statistics, if there are any, can be read in place.</summary>
    public bool CanReadStatistics => _norm is null || (_norm.running_mean is { } mean && _norm.running_var is { } variance
        && TensorMemory.IsPlain(mean) && TensorMemory.IsPlain(variance) && mean.NumberOfElements == Layer.Buffers[0].Values.Length
        && variance.NumberOfElements == mean.NumberOfElements);

    /// <summary>Copies torch's parameters and running statistics, of any floating type, into the layer's own memory.</summary>
    public void CopyValues()
    {
        foreach (var parameter in Parameters) parameter.CopyValues();
        if (_norm is null) return;
        TensorMemory.CopyTo(_norm.running_mean!, Layer.Buffers[0].Values);
        TensorMemory.CopyTo(_norm.running_var!, Layer.Buffers[1].Values);
    }

    /// <summary>Takes torch's running statistics.</summary>
    public void ReadStatistics()
    {
        if (_norm is null) return;
        Copy(TensorMemory.Floats(_norm.running_mean!), Layer.Buffers[0].Values);
        Copy(TensorMemory.Floats(_norm.running_var!), Layer.Buffers[1].Values);
    }

    /// <summary>Gives torch the running statistics after a Forward that trained, and counts the batch.</summary>
    public void WriteStatistics()
    {
        if (_norm is null || !Trains) return;
        Layer.Buffers[0].Values.CopyTo(TensorMemory.Floats(_norm.running_mean!));
        Layer.Buffers[1].Values.CopyTo(TensorMemory.Floats(_norm.running_var!));
        if (_norm.num_batches_tracked is { } batches) Count(batches);
    }

    /// <summary>A model that was converted to another type and back has counters of that type.</summary>
    private static void Count(Tensor batches)
    {
        if (batches.dtype == ScalarType.Int64 && batches.device_type == DeviceType.CPU)
        {
            MemoryMarshal.Cast<byte, long>(batches.bytes)[0]++;
            return;
        }

        using var grad = no_grad();
        batches.add_(1).Dispose();
    }

    /// <summary>Written only where it differs: other threads may read the same.</summary>
    private static void Copy(ReadOnlySpan<float> from, Span<float> to)
    {
        if (!from.SequenceEqual(to)) from.CopyTo(to);
    }
}
