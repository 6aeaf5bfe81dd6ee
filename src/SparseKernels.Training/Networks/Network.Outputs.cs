using System.Diagnostics;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Networks;

// Several inputs and outputs, under their names.
public sealed partial class Network
{
    private OutputValues? _outputValues;
    private int _lossOutput;

    /// <summary>What it reads.</summary>
    public IReadOnlyList<NamedShape> Inputs => _graph.Inputs;

    /// <summary>What it gives.</summary>
    public IReadOnlyList<NamedShape> Outputs { get; }

    /// <summary>
    /// The output whose numbers are the logits of <see cref="Classes"/>: of it is the loss of labels, and it is what is predicted where no output is
    /// named. The first by default.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such output, or it is not K×1×1.</exception>
    public string LossOutput
    {
        get => Outputs[_lossOutput].Name;
        set
        {
            var output = OutputValues.IndexOf(Outputs, value, nameof(value));
            if (!IsLogits(output)) throw new ArgumentException($"value must be an output of K×1×1, but '{value}' gives {Outputs[output].Image}.", nameof(value));
            _lossOutput = output;
        }
    }

    /// <summary>The place of <see cref="LossOutput"/> among the outputs.</summary>
    internal int LossOutputIndex => _lossOutput;

    /// <summary>Some outputs for some images, in inference mode, 16 of them at once.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>, any N of 1 or more.</param>
    /// <param name="outputs">For each output that is wanted by its name <c>[N, C, H, W]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public void Predict(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, IReadOnlyDictionary<string, Memory<float>> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        using var caller = _caller.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        var images = new InputImages(Inputs, inputs);
        var wanted = new WantedOutputs(Outputs, outputs, images.Count);
        for (var done = 0; done < images.Count;)
        {
            var count = Math.Min(MostAtOnce, images.Count - done);
            wanted.Take(Infer(images.Part(done, count)), done, count);
            done += count;
        }
    }

    /// <summary>Forward in training mode, a loss of one's own, and backward: leaves its gradient in every parameter.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <param name="loss">The loss with the gradients of the outputs. What it throws leaves the parameters' gradients as they were.</param>
    /// <returns>What the loss returned.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public double ComputeGradients(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, OutputLoss loss)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(loss);
        using var caller = _caller.Enter();
        return Gradients(inputs, loss);
    }

    /// <summary>Forward in training mode, the loss of labels at <see cref="LossOutput"/>, and backward.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <param name="labels"><c>[N]</c>, each 0 to K − 1.</param>
    /// <returns>Loss and correct images.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="inputs"/> is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of its range.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended, or <see cref="LossOutput"/> is not K×1×1.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public BatchResult ComputeGradients(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var caller = _caller.Enter();
        return Gradients(Named(inputs, labels), labels);
    }

    /// <summary>One training step with a loss of one's own: forward, loss, backward, update.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <param name="loss">The loss with the gradients of the outputs.</param>
    /// <param name="optimiser">An optimiser of this network's parameters.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>What the loss returned, before the update.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended: the network is for one caller at a time.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public double Step(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, OutputLoss loss, IOptimiser optimiser, float rate)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimiser);
        WarmUp.CheckRate(rate, nameof(rate));
        using var caller = _caller.Enter();
        optimiser.Prepare();
        var begin = Stopwatch.GetTimestamp();
        var result = Gradients(inputs, loss);
        Update(optimiser, rate, begin);
        return result;
    }

    /// <summary>One training step with the loss of labels at <see cref="LossOutput"/>: forward, loss, backward, update.</summary>
    /// <param name="inputs">For each input by its name <c>[N, C, H, W]</c>. Another N than <see cref="Batch"/> builds the network anew.</param>
    /// <param name="labels"><c>[N]</c>, each 0 to K − 1.</param>
    /// <param name="optimiser">An optimiser of this network's parameters.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>Loss and correct images before the update.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name or length doesn't fit, or an input lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of its range, or the rate negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">Another call has not ended, or <see cref="LossOutput"/> is not K×1×1.</exception>
    /// <exception cref="ObjectDisposedException">The network is disposed.</exception>
    public BatchResult Step(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, ReadOnlySpan<int> labels, IOptimiser optimiser, float rate)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(optimiser);
        WarmUp.CheckRate(rate, nameof(rate));
        using var caller = _caller.Enter();
        optimiser.Prepare();
        var begin = Stopwatch.GetTimestamp();
        var result = Gradients(Named(inputs, labels), labels);
        Update(optimiser, rate, begin);
        return result;
    }

    private InputImages Named(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, ReadOnlySpan<int> labels)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var images = new InputImages(Inputs, inputs);
        return images.Count == labels.Length
            ? images
            : throw new ArgumentException($"labels must be as many as the images, {images.Count}, got {labels.Length}.", nameof(labels));
    }

    private double Gradients(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, OutputLoss loss)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var images = new InputImages(Inputs, inputs);
        if (images.Count != Batch) Rebuild(images.Count);
        Forward(_training, images, training: true);
        if (_outputValues?.Images != Batch) _outputValues = new OutputValues(Outputs, Batch);
        var start = Stopwatch.GetTimestamp();
        var traffic = _outputValues.Take(_training);
        var value = loss(_outputValues);
        traffic += _outputValues.Give(_training);
        _lossTiming.Add(LayerPass.Forward, start, traffic);
        _training.Backward();
        return value;
    }

    private bool IsLogits(int output) => Outputs[output].Image is { Height: 1, Width: 1 };
}
