using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Models;

/// <summary>
/// The networks that can be asked for by name. Those that torchvision has are called as there, and so are their parameters and buffers: its state
/// dictionaries fit them.
/// </summary>
public static class ModelCatalogue
{
    private static readonly (string Name, Func<FeatureShape, int, Layer[]> Layers)[] s_models =
    [
        ("vgg-small", VggSmall.Layers),
        ("resnet20", ResNet20.Layers),
        ("lenet", LeNet.Layers),
        ("resnet18", ResNet.Layers18),
        ("resnet34", ResNet.Layers34),
        ("resnet50", ResNet.Layers50),
        ("vgg11_bn", Vgg.Layers11),
        ("vgg16_bn", Vgg.Layers16),
        ("mobilenet_v2", MobileNetV2.Layers),
        ("squeezenet1_1", SqueezeNet.Layers),
        ("densenet121", DenseNet.Layers),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_models.Select(model => model.Name)];

    /// <summary>Builds a network.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="classes">Classes to tell apart; 1 or more.</param>
    /// <param name="batch">Images in a batch; 1 or more.</param>
    /// <param name="seed">What the first values and random masks derive from.</param>
    /// <param name="topology">Threads; the whole machine by default.</param>
    /// <param name="schedule">How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</param>
    /// <param name="calibration">What they predict times from; <see cref="Calibration.Current"/> by default.</param>
    /// <param name="layout">How tensors between layers lie; by default as the convolutions are predicted to be fastest.</param>
    /// <returns>The network, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">There is no such model, or the images are too small for it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is under 1.</exception>
    public static Network Create(
        string name, FeatureShape input, int classes, int batch, ulong seed = 0, ComputeTopology? topology = null, KernelSchedule? schedule = null,
        Calibration? calibration = null, BlockedLayout? layout = null)
    {
        input.Require(nameof(input));
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        return new Network(name, input, Layers(name, input, classes), batch, seed, topology, schedule, calibration, layout);
    }

    /// <summary>The layers of a model, in a row.</summary>
    internal static Layer[] Layers(string name, FeatureShape input, int classes)
    {
        foreach (var model in s_models)
        {
            if (model.Name == name) return model.Layers(input, classes);
        }

        throw new ArgumentException($"name must be one of {string.Join(", ", Names)}, got {name}.", nameof(name));
    }
}
