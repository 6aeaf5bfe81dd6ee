using SparseKernels.Bench.Learning;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// A model of <see cref="TorchModels"/>, or a network of ours of another name as a <see cref="TorchGraph"/>, with libtorch's SGD and cross-entropy, started from one of our networks' states. Where our
/// parameters have masks, its weights are multiplied by the same ones after each update, as its users do: libtorch has no sparse
/// convolution.
/// </summary>
internal sealed class TorchTrainer : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly optim.Optimizer _optimiser;
    private readonly Network _start;
    private readonly List<(Tensor Weight, Tensor Mask)> _masked = [];
    private readonly ScalarType _precision;

    /// <summary>Builds the model and copies parameters, their masks and running statistics.</summary>
    /// <param name="start">Our network, whose model, sizes and present values it takes.</param>
    /// <param name="recipe">The optimiser's settings.</param>
    /// <param name="precision">What it computes in: 32 or 64 bits.</param>
    /// <exception cref="InvalidDataException">The two models don't have the same tensors.</exception>
    public TorchTrainer(Network start, TrainingRecipe recipe, ScalarType precision = ScalarType.Float32)
    {
        (_start, _precision) = (start, precision);
        _model = ModelCatalogue.Names.Contains(start.Name)
            ? TorchModels.Create(start.Name, start.Input.Channels, start.Input.Height, start.Classes).to(precision)
            : new TorchGraph(start.Graph, precision);
        CopyState();
        FindMasks();
        _optimiser = optim.SGD(
            _model.parameters(), recipe.PeakRate, recipe.Momentum, dampening: 0, weight_decay: recipe.WeightDecay, nesterov: recipe.Nesterov);
        Trains = true;
    }

    /// <summary>One training step, as ours: forward, loss, backward, update, and the loss read back.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The loss before the update.</returns>
    public double Step(float[] images, int[] labels, float rate)
    {
        using var scope = NewDisposeScope();
        foreach (var group in _optimiser.ParamGroups) group.LearningRate = rate;
        var loss = Backward(images, labels);
        _optimiser.step();
        Mask();
        return loss;
    }

    /// <summary>The gradients of a batch's loss, in the order of our network's parameters; running statistics move as in a step.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="labels"><c>[N]</c>.</param>
    public double[][] Gradients(float[] images, int[] labels)
    {
        using var scope = NewDisposeScope();
        Backward(images, labels);
        var theirs = _model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        return [.. _start.Parameters.Select(ours => Doubles(theirs[ours.Name].grad!))];
    }

    /// <summary>Images classified rightly, in inference mode.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>, with room behind for more.</param>
    /// <param name="labels">The labels, with room behind for more.</param>
    /// <param name="count">N.</param>
    public long Correct(float[] images, int[] labels, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Trains = false;
        var logits = _model.forward(Images(images[..(count * _start.Input.Length)], count));
        Trains = true;
        return logits.argmax(1).eq(tensor(labels[..count], ScalarType.Int64)).sum().item<long>();
    }

    /// <summary>The logits of some images, in inference mode: plain numbers in and out, as ours.</summary>
    /// <param name="images"><c>[N, C, H, W]</c>.</param>
    /// <param name="count">N.</param>
    /// <returns><c>[N, K]</c>.</returns>
    public float[] Predict(float[] images, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        return _model.forward(Images(images, count)).data<float>().ToArray();
    }

    /// <summary>The same in the precision that it computes in.</summary>
    public double[] Logits(float[] images, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        return Doubles(_model.forward(Images(images, count)));
    }

    /// <summary>
    /// Whether statistics are of the batch and learnt; true from the start. Dropout never drops anything: its draws are not ours, and neither do
    /// ours have any.
    /// </summary>
    public bool Trains
    {
        set
        {
            _model.train(value);
            foreach (var module in _model.modules())
            {
                if (module is global::TorchSharp.Modules.Dropout) module.eval();
            }
        }
    }

    /// <summary>Copies the present values of our network's parameters and running statistics.</summary>
    /// <exception cref="InvalidDataException">The two models don't have the same tensors.</exception>
    public void CopyState()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var theirs = _model.state_dict();
        // PyTorch also counts batches, which its default momentum never reads.
        var names = theirs.Keys.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)).ToHashSet();
        if (!names.SetEquals(_start.State.Select(ours => ours.Name)))
            throw new InvalidDataException($"{_start.Name}: ours and TorchSharp's differ in {string.Join(", ", names.Except(_start.State.Select(t => t.Name)).Concat(_start.State.Select(t => t.Name).Except(names)))}.");
        foreach (var ours in _start.State)
        {
            var target = theirs[ours.Name];
            if (!target.shape.SequenceEqual(ours.Shape.Select(size => (long)size)))
                throw new InvalidDataException($"{_start.Name} {ours.Name}: ours is [{string.Join(", ", ours.Shape)}], TorchSharp's [{string.Join(", ", target.shape)}].");
            target.copy_(tensor(ours.Values, target.shape));
        }
    }

    /// <summary>
    /// Copies of the present values of parameters and running statistics, in the order of our network's <see cref="Network.State"/>.
    /// </summary>
    public float[][] ReadState()
    {
        using var scope = NewDisposeScope();
        var theirs = _model.state_dict();
        return [.. _start.State.Select(ours => theirs[ours.Name].detach().data<float>().ToArray())];
    }

    /// <summary>The same in the precision that it computes in.</summary>
    public double[][] ReadPreciseState()
    {
        using var scope = NewDisposeScope();
        var theirs = _model.state_dict();
        return [.. _start.State.Select(ours => Doubles(theirs[ours.Name]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, mask) in _masked) mask.Dispose();
        _optimiser.Dispose();
        _model.Dispose();
    }

    private static double[] Doubles(Tensor values) => values.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();

    private double Backward(float[] images, int[] labels)
    {
        _optimiser.zero_grad();
        var loss = nn.functional.cross_entropy(_model.forward(Images(images, labels.Length)), tensor(labels, ScalarType.Int64));
        loss.backward();
        return loss.to_type(ScalarType.Float64).item<double>();
    }

    private Tensor Images(float[] images, int count) =>
        tensor(images, [count, _start.Input.Channels, _start.Input.Height, _start.Input.Width]).to_type(_precision);

    private void FindMasks()
    {
        var weights = _model.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        foreach (var ours in _start.Parameters)
        {
            if (ours.Mask is not { } mask) continue;
            var weight = weights[ours.Name];
            float[] live = [.. Enumerable.Range(0, ours.Value.Length).Select(i => mask[i] ? 1f : 0f)];
            _masked.Add((weight, tensor(live, weight.shape)));
        }
    }

    private void Mask()
    {
        using var noGradients = no_grad();
        foreach (var (weight, mask) in _masked) weight.mul_(mask);
    }
}
