using System.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Networks;

// A training step on images and labels: forward, loss, backward, update.
public sealed partial class Network
{
    /// <summary>What training's loss is beside plain cross-entropy; <see cref="Evaluate"/> gives that of all images alike in any case.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">There are not as many weights as <see cref="Classes"/>, or one is out of its range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The label smoothing is out of its range.</exception>
    public LossOptions LossOptions
    {
        get => _lossOptions;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Check(Classes);
            _lossOptions = value;
        }
    }

    /// <summary>One training step: forward, loss, backward, update.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>, each 0 to K − 1. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <param name="optimiser">An optimiser of this network's parameters.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>Loss and correct images before the update.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="optimiser"/> is null.</exception>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of its range, or the rate negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public BatchResult Step(ReadOnlySpan<float> images, ReadOnlySpan<int> labels, IOptimiser optimiser, float rate)
    {
        ArgumentNullException.ThrowIfNull(optimiser);
        WarmUp.CheckRate(rate, nameof(rate));
        using var caller = _caller.Enter();
        optimiser.Prepare();
        var begin = Stopwatch.GetTimestamp();
        var result = Gradients(Plain(images, labels.Length), labels);
        Update(optimiser, rate, begin);
        return result;
    }

    /// <summary>Forward in training mode, loss and backward: leaves the gradient of the mean loss in every parameter.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>, each 0 to K − 1. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <returns>Loss and correct images.</returns>
    /// <exception cref="ArgumentException">The lengths don't fit each other, or there is no image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of its range.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public BatchResult ComputeGradients(ReadOnlySpan<float> images, ReadOnlySpan<int> labels)
    {
        using var caller = _caller.Enter();
        return Gradients(Plain(images, labels.Length), labels);
    }

    private void Update(IOptimiser optimiser, float rate, long begin)
    {
        var start = Stopwatch.GetTimestamp();
        optimiser.Step(rate);
        _optimiserTiming.Add(LayerPass.Update, start, optimiser.StepTraffic);
        StepsTaken++;
        var seconds = AgreedLook?.Seconds ?? Stopwatch.GetElapsedTime(begin, start).TotalSeconds;
        if (_choice.ShouldChange(StepsTaken, seconds, AgreedLook as ILayoutPromise ?? _training)) ChangeLayout(_training.OtherLayout);
    }

    private BatchResult Gradients(InputImages images, ReadOnlySpan<int> labels)
    {
        CheckLabels(labels);
        if (labels.Length != Batch) Rebuild(labels.Length);
        Forward(_training, images, training: true);
        var logits = _training.Output(_lossOutput);
        var gradient = _training.Workspace.Gradients.RentLike(logits);
        var result = Loss(logits, labels, gradient);
        _training.Give(_lossOutput, gradient);
        _training.Backward();
        return LastResult = result;
    }

    private BatchResult Loss(BlockedTensor logits, ReadOnlySpan<int> labels, BlockedTensor? gradient)
    {
        var start = Stopwatch.GetTimestamp();
        var result = SoftmaxCrossEntropy.Evaluate(logits, labels, gradient, gradient is null ? null : _lossOptions);
        _lossTiming.Add(LayerPass.Forward, start, LayerTraffic.Reading(logits) + (gradient is null ? default : LayerTraffic.Writing(gradient)));
        return result;
    }

    private void Forward(BuiltNetwork network, InputImages images, bool training)
    {
        var start = Stopwatch.GetTimestamp();
        _inputTiming.Add(LayerPass.Forward, start, images.Load(network));
        network.Forward(training);
    }

    private InputImages Plain(ReadOnlySpan<float> images, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new InputImages(Inputs, images, count);
    }

    private void CheckLabels(ReadOnlySpan<int> labels)
    {
        var classes = Classes;
        foreach (var label in labels)
        {
            if ((uint)label >= (uint)classes)
                throw new ArgumentOutOfRangeException(nameof(labels), $"labels must be 0 to {classes - 1}, got {label}.");
        }
    }
}
