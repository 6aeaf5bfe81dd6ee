using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Merging;

/// <summary>A layer without parameters in which several tensors meet. Only a graph can hold it.</summary>
public abstract class MergingLayer : Layer
{
    private protected MergingLayer(string name)
        : base(name)
    {
    }

    /// <summary>The output, set by <see cref="Layer.Build(FeatureShape, Workspace, Zeros.ActivationZeros)"/>.</summary>
    private protected BlockedTensor? Y { get; set; }

    internal sealed override BlockedTensor Forward(BlockedTensor x, bool training) => Forward([x], training);

    internal sealed override BlockedTensor Forward(ReadOnlySpan<BlockedTensor> inputs, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        var traffic = Run(inputs);
        Timing.Add(LayerPass.Forward, start, traffic);
        return Y!;
    }

    internal sealed override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var gradients = new BlockedTensor?[1];
        Backward(dy, [wantsInputGradient], gradients);
        return gradients[0];
    }

    internal sealed override void Backward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients)
    {
        var start = Stopwatch.GetTimestamp();
        var traffic = RunBackward(dy, wanted, gradients);
        Timing.Add(LayerPass.BackwardData, start, traffic);
    }

    /// <summary>Writes <see cref="Y"/>.</summary>
    /// <returns>What it moves.</returns>
    private protected abstract LayerTraffic Run(ReadOnlySpan<BlockedTensor> inputs);

    /// <summary>As <see cref="Layer.Backward(BlockedTensor, ReadOnlySpan{bool}, Span{BlockedTensor})"/>.</summary>
    /// <returns>What it moves.</returns>
    private protected abstract LayerTraffic RunBackward(BlockedTensor dy, ReadOnlySpan<bool> wanted, Span<BlockedTensor?> gradients);

    /// <summary>The sizes of the output.</summary>
    private protected abstract FeatureShape Merge(ReadOnlySpan<FeatureShape> inputs);

    private protected sealed override FeatureShape Allocate(FeatureShape input) => Allocate([input]);

    private protected sealed override FeatureShape Allocate(ReadOnlySpan<FeatureShape> inputs)
    {
        var output = Merge(inputs);
        Y = Workspace.CreateTensor(output);
        return output;
    }

    private protected override void Release()
    {
        Y?.Dispose();
        Y = null;
    }
}
