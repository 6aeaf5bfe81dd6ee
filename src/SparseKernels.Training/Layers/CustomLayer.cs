using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers;

/// <summary>A layer of one's own: derive from it, say how sizes change, and write forward and backward.</summary>
/// <remarks>
/// <para>
/// <b>Made once.</b> The constructor makes the parameters and the buffers (<see cref="Layer.Parameters"/>, <see cref="Layer.Buffers"/>, under
/// names that begin with the layer's). From then on they are initialised, trained, kept in checkpoints and brought back like any other's. A
/// parameter of the sizes of a convolution's weights, <c>[K, C, R, S]</c>, is pruned like one if <see cref="PrunesWeights"/> says so.
/// </para>
/// <para>
/// <b>Built for a batch.</b> <see cref="Prepare"/> is told the sizes of an image and gives those of its output; it throws if they don't fit, and
/// allocates what the passes need for <see cref="Images"/> images. It is called again for other batches and layouts. Networks also
/// run shallow copies of the layer, for inference on other batches: what Prepare makes is each copy's own, everything else they share.
/// </para>
/// <para>
/// <b>Forward</b> reads <see cref="X"/> and writes every pixel of <see cref="Y"/>. X stays as it is until Backward is done; what else Backward
/// needs, Forward keeps in fields. Y is left over from the step before: it is written, never added to.
/// </para>
/// <para>
/// <b>Backward</b> comes after a training Forward. It reads <see cref="Dy"/>, writes every pixel of <see cref="Dx"/>, and writes each
/// parameter's gradient of the batch's loss into <see cref="Parameter.Gradients"/>, whole. Y is not there any more: the layer behind may have overwritten it.
/// </para>
/// <para>
/// <b>Either layout.</b> <see cref="FeaturePlanes"/> shows tensors as planes of pixels of 16 lanes; loops over planes are right in both
/// layouts if they ask it for the lanes' images and channels. What is written to empty lanes is cleared behind the passes.
/// </para>
/// <para>
/// <b>Threads.</b> <see cref="ForEachPlane"/> spreads planes over the network's threads. Results don't depend on the number of threads as long
/// as a plane writes nothing that another one reads; sums over planes are left to the caller, in an order of its own. With a static lambda it
/// allocates nothing.
/// </para>
/// </remarks>
public abstract class CustomLayer : Layer
{
    private BlockedTensor? _y;
    private FeatureShape _input;
    private bool _trained;

    /// <summary>Makes a layer.</summary>
    /// <param name="name">Its path in the network, PyTorch style: <c>layer1.0.norm</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty.</exception>
#pragma warning disable RS0022 // Users may derive from it; Layer itself has no protected members.
    protected CustomLayer(string name)
#pragma warning restore RS0022
        : base(name)
    {
    }

    /// <summary>Whether its parameters of four sizes are pruned in runs that prune; not by default.</summary>
    public virtual bool PrunesWeights => false;

    /// <summary>Images of the batch that it is built for.</summary>
    protected int Images => Workspace.Batch;

    /// <summary>The input, <c>[N, C, H, W]</c>; there in both passes.</summary>
    protected FeaturePlanes X { get; private set; }

    /// <summary>The output, of the sizes that <see cref="Prepare"/> gave; there in Forward.</summary>
    protected FeaturePlanes Y { get; private set; }

    /// <summary>The output's gradient; there in Backward.</summary>
    protected FeaturePlanes Dy { get; private set; }

    /// <summary>The input's gradient, to be written; there in Backward.</summary>
    protected FeaturePlanes Dx { get; private set; }

    /// <summary>Makes ready for images of some sizes.</summary>
    /// <param name="input">The sizes of an image of the input.</param>
    /// <returns>Those of the output; the input's own by default.</returns>
    protected virtual FeatureShape Prepare(FeatureShape input) => input;

    /// <summary>Writes <see cref="Y"/>.</summary>
    /// <param name="training">Whether Backward may follow and statistics are of the batch.</param>
    protected abstract void Forward(bool training);

    /// <summary>Writes <see cref="Dx"/> and the gradients of the parameters.</summary>
    protected abstract void Backward();

    /// <summary>Gives buffers their first values again; does nothing by default.</summary>
    protected virtual void InitialiseBuffers()
    {
    }

    /// <summary>Does some work for each plane of a tensor, on all threads of the network.</summary>
    /// <typeparam name="TLayer">The layer's own type.</typeparam>
    /// <param name="planes">The tensor.</param>
    /// <param name="layer">What the work is given: the layer.</param>
    /// <param name="work">What to do with the layer and the number of a plane.</param>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is null.</exception>
    protected void ForEachPlane<TLayer>(FeaturePlanes planes, TLayer layer, Action<TLayer, int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var call = new PlaneCall<TLayer>(layer, work);
        Planes.Run(ref call, planes.Count, planes.Height * planes.Width * FeaturePlanes.Lanes, Workspace.Topology);
    }

    internal sealed override Layer Twin()
    {
        var twin = (CustomLayer)Clone();
        twin._y = null;
        return twin;
    }

    internal sealed override void ResetBuffers() => InitialiseBuffers();

    internal sealed override BlockedTensor Forward(BlockedTensor x, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        (_trained, X, Y) = (training, new FeaturePlanes(x), new FeaturePlanes(_y!));
        Forward(training);
        ClearEmpty(Y);
        Timing.Add(LayerPass.Forward, start, LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!));
        return _y!;
    }

    internal sealed override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient)
    {
        if (!_trained) throw new InvalidOperationException($"{Name}: Backward needs a training Forward before it.");
        var start = Stopwatch.GetTimestamp();
        var dx = Workspace.Gradients.Rent(dy.N, _input.Channels, _input.Height, _input.Width);
        (Dy, Dx) = (new FeaturePlanes(dy), new FeaturePlanes(dx));
        Backward();
        ClearEmpty(Dx);
        foreach (var parameter in Parameters) parameter.GradientMask?.Apply(parameter.Gradients);
        Workspace.Gradients.Return(dy);
        Timing.Add(LayerPass.BackwardData, start, LayerTraffic.Reading(dx, dy) + LayerTraffic.Writing(dx));
        if (wantsInputGradient) return dx;
        Workspace.Gradients.Return(dx);
        return null;
    }

    private protected sealed override FeatureShape Allocate(FeatureShape input)
    {
        var output = Prepare(input);
        if (Math.Min(output.Channels, Math.Min(output.Height, output.Width)) < 1)
            throw new ArgumentException($"Prepare of {Name} must give sizes of 1 or more for {input}, got {output}.", nameof(input));
        (_input, _trained) = (input, false);
        _y = Workspace.CreateTensor(output);
        return output;
    }

    private protected sealed override void Release()
    {
        _y?.Dispose();
        _y = null;
    }

    private void ClearEmpty(FeaturePlanes planes)
    {
        if (planes.Images % FeaturePlanes.Lanes == 0 && planes.Channels % FeaturePlanes.Lanes == 0) return;
        for (var plane = 0; plane < planes.Count; plane++) planes.ClearEmpty(plane);
    }

    private readonly struct PlaneCall<TLayer>(TLayer layer, Action<TLayer, int> work) : IPlaneWork
    {
        public void Plane(int plane) => work(layer, plane);
    }
}
