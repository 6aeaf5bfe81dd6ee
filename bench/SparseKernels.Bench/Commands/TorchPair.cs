using SparseKernels.Bench.Peer;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TorchSharp;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Commands;

/// <summary>A TorchSharp model and a converted one of the same weights and masks, each with an SGD of its own.</summary>
internal sealed class TorchPair : IDisposable
{
    private readonly nn.Module<Tensor, Tensor>[] _models;
    private readonly optim.Optimizer[] _optimisers;
    private readonly TorchPruning? _pruning;
    private readonly List<(Tensor Weight, Tensor Mask)> _masked = [];
    private readonly Tensor _labels;

    /// <summary>Makes both.</summary>
    /// <param name="name">One of <see cref="Models"/>.</param>
    /// <param name="batch">Images of a training step.</param>
    /// <param name="threads">Threads of ours.</param>
    /// <param name="masked">The share of the weights that is pruned.</param>
    /// <param name="options">How the second one is converted.</param>
    public TorchPair(string name, int batch, int threads, double masked, SparseTorchOptions options)
    {
        manual_seed(1);
        var size = SizeOf(name);
        _models = [Create(name), Create(name)];
        Report = SparseTorch.Convert(_models[1], options);
        if (masked > 0)
        {
            _pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(masked, step: 0, MagnitudeScope.Layer), threads), _models[1]);
            _pruning.Step();
        }

        _models[0].load_state_dict(_models[1].state_dict());
        FindMasks();
        _optimisers = [.. _models.Select(model => optim.SGD(model.parameters(), 1e-3, momentum: 0.9, weight_decay: 5e-4))];
        _labels = randint(0, 10, [batch], dtype: ScalarType.Int64);
        Images = randn(batch, 3, size, size);
        MultiplyAddsPerImage = Count(name, size);
    }

    /// <summary>The models that there are.</summary>
    public static IReadOnlyList<string> Models { get; } = ["vgg-small", "resnet20", "resnet18", "mobilenet_v2"];

    /// <summary>Height and width of a model's images.</summary>
    public static int SizeOf(string name) => name is "resnet18" or "mobilenet_v2" ? 224 : 32;

    /// <summary>What was converted.</summary>
    public ConversionReport Report { get; }

    /// <summary>The images of a training step.</summary>
    public Tensor Images { get; }

    /// <summary>Multiplications for one image in one direction.</summary>
    public long MultiplyAddsPerImage { get; }

    /// <summary>One training step.</summary>
    /// <param name="converted">Of the converted model.</param>
    /// <returns>The loss before it.</returns>
    public double Step(bool converted)
    {
        var (model, optimiser) = (_models[converted ? 1 : 0], _optimisers[converted ? 1 : 0]);
        using var scope = NewDisposeScope();
        optimiser.zero_grad();
        var loss = nn.functional.cross_entropy(model.call(Images), _labels);
        loss.backward();
        optimiser.step();
        if (converted) _pruning?.Step();
        else Mask();
        return loss.item<float>();
    }

    /// <summary>Gives the model that is not converted the other's weights and statistics, and puts both into inference mode.</summary>
    public void BeginInference()
    {
        _models[0].load_state_dict(_models[1].state_dict());
        foreach (var model in _models) model.eval();
    }

    /// <summary>Infers.</summary>
    /// <param name="converted">With the converted model.</param>
    /// <param name="images">The images.</param>
    /// <returns>The logits.</returns>
    public float[] Predict(bool converted, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return _models[converted ? 1 : 0].call(images).data<float>().ToArray();
    }

    /// <summary>Frees both.</summary>
    public void Dispose()
    {
        _pruning?.Dispose();
        foreach (var optimiser in _optimisers) optimiser.Dispose();
        foreach (var model in _models) model.Dispose();
        foreach (var (_, mask) in _masked) mask.Dispose();
        _labels.Dispose();
        Images.Dispose();
    }

    private static nn.Module<Tensor, Tensor> Create(string name) => name switch
    {
        "resnet18" => global::TorchSharp.torchvision.models.resnet18(num_classes: 10),
        "mobilenet_v2" => global::TorchSharp.torchvision.models.mobilenet_v2(num_classes: 10, dropout: 0),
        _ => TorchModels.Create(name, channels: 3, size: 32, classes: 10),
    };

    private void FindMasks()
    {
        if (_pruning is null) return;
        var pruned = _pruning.Unit.Layers.Select(layer => layer.Name).ToHashSet();
        foreach (var (name, parameter) in _models[0].named_parameters())
        {
            if (pruned.Contains(name)) _masked.Add((parameter, parameter.ne(0).to(ScalarType.Float32)));
        }
    }

    /// <summary>As users of TorchSharp do, who have no sparse convolution.</summary>
    private void Mask()
    {
        using var grad = no_grad();
        foreach (var (weight, mask) in _masked) weight.mul_(mask);
    }

    private static long Count(string name, int size)
    {
        using var network = ModelCatalogue.Create(name, new FeatureShape(3, size, size), classes: 10, batch: 1);
        return network.MultiplyAddsPerImage;
    }
}
