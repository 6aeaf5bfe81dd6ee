using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>One layer alone, built for a batch, with plain tensors in and out.</summary>
internal sealed class LayerProbe : IDisposable
{
    private readonly Layer _layer;
    private readonly Workspace _workspace;
    private readonly BlockedTensor _x;

    public LayerProbe(
        Layer layer, FeatureShape input, int batch, ulong seed = 1, int threads = 2, BlockedLayout layout = BlockedLayout.ChannelBlocked,
        KernelSchedule? schedule = null)
    {
        _layer = layer;
        var border = layout == BlockedLayout.BatchBlocked ? layer.Border : 0;
        _workspace = new Workspace(batch, ComputeTopology.FromThreads(threads), seed, schedule, layout: layout, border: border);
        _x = _workspace.CreateTensor(input);
        Output = layer.Build(input, _workspace);
        InputLength = batch * input.Length;
        OutputLength = batch * Output.Length;
        for (var i = 0; i < layer.Parameters.Count; i++)
        {
            var random = new RandomSource(seed, RandomStreams.Initialisation, (ulong)i);
            layer.Parameters[i].Initialise(ref random);
        }
    }

    public Layer Layer => _layer;

    public FeatureShape Output { get; }

    public int InputLength { get; }

    public int OutputLength { get; }

    public long Step
    {
        set => _workspace.Step = value;
    }

    public float[] Forward(float[] x, bool training = true)
    {
        _x.CopyFromNchw(x);
        return Plain(_layer.Forward(_x, training));
    }

    /// <summary>The input's gradient; the parameters' gradients are left in the layer.</summary>
    public float[] Backward(float[] dy)
    {
        var gradient = _workspace.Gradients.Rent(_workspace.Batch, Output.Channels, Output.Height, Output.Width);
        gradient.CopyFromNchw(dy);
        var dx = _layer.Backward(gradient, wantsInputGradient: true)!;
        var plain = Plain(dx);
        _workspace.Gradients.Return(dx);
        return plain;
    }

    public void Dispose()
    {
        _layer.Dispose();
        _x.Dispose();
        _workspace.Dispose();
    }

    /// <summary>Unpacks a tensor after making sure that what lies past its last channel or image, and its border, are zero.</summary>
    private static float[] Plain(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        using var again = new BlockedTensor(tensor.N, tensor.C, tensor.H, tensor.W, tensor.Layout, tensor.Border);
        again.CopyFromNchw(plain);
        var all = tensor.AsSpan();
        var expected = again.AsSpan();
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] != expected[i] && !float.IsNaN(all[i])) throw new InvalidOperationException($"element {i}, which belongs to no image or channel, holds {all[i]}.");
        }

        return plain;
    }
}
