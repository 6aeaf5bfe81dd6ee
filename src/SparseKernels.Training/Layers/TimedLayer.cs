using System.Diagnostics;
using SparseKernels.Tensors;

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
        var y = Run(x, training);
        Timing.Add(LayerPass.Forward, start);
        return y;
    }

    internal sealed override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        var start = Stopwatch.GetTimestamp();
        var dx = RunBackward(dy);
        Timing.Add(LayerPass.BackwardData, start);
        if (wantsInputGradient) return dx;
        Workspace.Gradients.Return(dx);
        return null;
    }

    private protected abstract BlockedTensor Run(BlockedTensor x, bool training);

    /// <summary>As <see cref="Layer.Backward(BlockedTensor, bool)"/>, with the input's gradient always made.</summary>
    private protected abstract BlockedTensor RunBackward(BlockedTensor dy);
}
