using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Graphs;

namespace SparseKernels.Training.Networks;

// Inference: on networks of twins of its layers, built for as many images as are asked for.
public sealed partial class Network
{
    /// <summary>
    /// Images that inference runs as one batch: as many as a block has lanes, which is all that the kernels gain from, and so few that what
    /// one layer writes is still in the caches when the next one reads it.
    /// </summary>
    internal const int MostAtOnce = BlockedTensor.Block;

    /// <summary>
    /// Bytes of the tensors between the layers for inference on some images at once, where those that no layer reads any more are used again;
    /// they are made if they are not there yet.
    /// </summary>
    /// <param name="images">Images at once; 1 to 16, as many as <see cref="Predict(ReadOnlySpan{float}, Span{float})"/> runs together.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="images"/> is out of its range.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public long InferenceActivationBytes(int images)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, MostAtOnce);
        using var caller = _caller.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _inference.For(images, LayoutOfInference(images)).Workspace.TensorBytes;
    }

    /// <summary>Loss and accuracy in inference mode; nothing is learnt. Any number of images, as for <see cref="Predict(ReadOnlySpan{float}, Span{float})"/>.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>, each 0 to K − 1.</param>
    /// <returns>Loss and correct images.</returns>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of its range.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public BatchResult Evaluate(ReadOnlySpan<float> images, ReadOnlySpan<int> labels)
    {
        using var caller = _caller.Enter();
        var all = Plain(images, labels.Length);
        CheckLabels(labels);
        var (loss, correct) = (0.0, 0);
        for (var done = 0; done < labels.Length;)
        {
            var count = Math.Min(MostAtOnce, labels.Length - done);
            var part = Loss(Infer(all.Part(done, count)).Output(_lossOutput), labels.Slice(done, count), gradient: null);
            (loss, correct, done) = (loss + (part.Loss * count), correct + part.Correct, done + count);
        }

        return new BatchResult(loss / labels.Length, correct, labels.Length);
    }

    /// <summary>
    /// The logits of some images, in inference mode, 16 of them at once so that what layers hand on stays in the caches. Tensors for so
    /// many, and for fewer, are made at the first call and kept, so that a single image costs no more than it must.
    /// </summary>
    /// <param name="images"><c>[N, C, H, W]</c>, any N.</param>
    /// <param name="logits"><c>[N, K]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public void Predict(ReadOnlySpan<float> images, Span<float> logits)
    {
        var classes = Classes;
        if (logits.Length % classes != 0)
            throw new ArgumentException($"logits must have a multiple of {classes} elements, got {logits.Length}.", nameof(logits));
        var total = logits.Length / classes;
        using var caller = _caller.Enter();
        var all = Plain(images, total);
        for (var done = 0; done < total;)
        {
            var count = Math.Min(MostAtOnce, total - done);
            Infer(all.Part(done, count)).CopyOutput(_lossOutput, logits.Slice(done * classes, count * classes));
            done += count;
        }
    }

    /// <summary>Takes something of the layers while no call changes them.</summary>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    internal T Take<T>(Func<NetworkGraph, T> take)
    {
        using var caller = _caller.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        return take(_graph);
    }

    /// <summary>
    /// The layout of inference on some images: where bits repeat it must follow from the state of training alone, and a few images would leave
    /// most lanes of a batch-blocked tensor empty; null where its own times decide.
    /// </summary>
    private BlockedLayout? LayoutOfInference(int count)
    {
        if (_layout is null && _schedule.Mode == KernelScheduleMode.Automatic) return null;
        return Layout == BlockedLayout.ChannelBlocked ? Layout : InferenceNetworks.OtherLayout(InferenceNetworks.SizeFor(count));
    }

    /// <summary>Runs at most <see cref="MostAtOnce"/> images.</summary>
    /// <returns>The network that holds the outputs.</returns>
    private BuiltNetwork Infer(InputImages images)
    {
        var count = images.Count;

        // Where rounding up would reach the batch that there is, that one serves.
        var fits = count <= Batch && InferenceNetworks.SizeFor(count) >= Batch;
        if (fits)
        {
            Forward(_training, images, training: false);
            return _training;
        }

        var start = Stopwatch.GetTimestamp();
        var network = _inference.For(count, LayoutOfInference(count));
        Forward(network, images, training: false);
        _inference.Observe(count, Stopwatch.GetElapsedTime(start).TotalSeconds);
        return network;
    }
}
