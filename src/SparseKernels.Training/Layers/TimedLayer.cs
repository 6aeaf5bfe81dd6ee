using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers;

/// <summary>A layer whose two directions are each one piece of work, timed as a whole.</summary>
public abstract class TimedLayer : Layer
{
    private protected TimedLayer(string name)
        : base(name)
    {
    }

    internal sealed override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        var y = Run(x, training, out var traffic);
        Timing.Add(LayerPass.Forward, start, traffic);
        return y;
    }

    internal sealed override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var start = Stopwatch.GetTimestamp();
        var dx = RunBackward(dy, out var traffic);
        Timing.Add(LayerPass.BackwardData, start, traffic);
        if (wantsInputGradient) return dx;
        Workspace.Gradients.Return(dx);
        return null;
    }

    /// <summary>As <see cref="Layer.Forward(BlockedTensor, bool)"/>, and what it moves.</summary>
    private protected abstract BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic);

    /// <summary>As <see cref="Layer.Backward(BlockedTensor, bool)"/>, with the input's gradient always made, and what it moves.</summary>
    private protected abstract BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic);
}
