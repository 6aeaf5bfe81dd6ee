using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// torchvision's models: those of the NuGet package, and the two that it lacks written in TorchSharp as torchvision's Python writes them, under its
/// names.
/// </summary>
internal static class TorchVisionModels
{
    /// <summary>The models that are there.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["resnet18", "resnet34", "resnet50", "vgg11_bn", "vgg16_bn", "mobilenet_v2", "squeezenet1_1", "densenet121"];

    /// <summary>Builds a model.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="classes">Classes.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public static Module<Tensor, Tensor> Create(string name, int classes) => name switch
    {
        "resnet18" => torchvision.models.resnet18(num_classes: classes),
        "resnet34" => torchvision.models.resnet34(num_classes: classes),
        "resnet50" => torchvision.models.resnet50(num_classes: classes),
        "vgg11_bn" => torchvision.models.vgg11_bn(num_classes: classes),
        "vgg16_bn" => torchvision.models.vgg16_bn(num_classes: classes),
        "mobilenet_v2" => torchvision.models.mobilenet_v2(num_classes: classes),
        "squeezenet1_1" => SqueezeNet(classes),
        "densenet121" => DenseNet(classes),
        _ => throw new ArgumentException($"name must be one of {string.Join(", ", Names)}, got {name}.", nameof(name)),
    };

    private static Module<Tensor, Tensor> SqueezeNet(int classes)
    {
        Module<Tensor, Tensor>[] features =
        [
            Conv2d(3, 64, 3, stride: 2), ReLU(), MaxPool2d(3, 2, ceil_mode: true),
            Fire(64, 16, 64), Fire(128, 16, 64), MaxPool2d(3, 2, ceil_mode: true),
            Fire(128, 32, 128), Fire(256, 32, 128), MaxPool2d(3, 2, ceil_mode: true),
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        ];
        Module<Tensor, Tensor>[] classifier = [Dropout(0.5), Conv2d(512, classes, 1), ReLU(), AdaptiveAvgPool2d(1)];
        return new Parts(
            "squeezenet1_1", [("features", Numbered(features)), ("classifier", Numbered(classifier))],
            (part, x) => part["classifier"].call(part["features"].call(x)).flatten(1));
    }

    private static Parts Fire(int inputs, int squeezed, int expanded) => new(
        "fire",
        [
            ("squeeze", Conv2d(inputs, squeezed, 1)), ("expand1x1", Conv2d(squeezed, expanded, 1)),
            ("expand3x3", Conv2d(squeezed, expanded, 3, padding: 1)),
        ],
        (part, x) =>
        {
            var between = functional.relu(part["squeeze"].call(x));
            return cat([functional.relu(part["expand1x1"].call(between)), functional.relu(part["expand3x3"].call(between))], 1);
        });

    private static Module<Tensor, Tensor> DenseNet(int classes)
    {
        const int Growth = 32;
        int[] blocks = [6, 12, 24, 16];
        var channels = 64;
        List<(string, Module<Tensor, Tensor>)> features =
        [
            ("conv0", Conv2d(3, channels, 7, stride: 2, padding: 3, bias: false)), ("norm0", BatchNorm2d(channels)), ("relu0", ReLU()),
            ("pool0", MaxPool2d(3, 2, 1)),
        ];
        for (var block = 1; block <= blocks.Length; block++)
        {
            var layers = new List<(string, Module<Tensor, Tensor>)>();
            for (var i = 1; i <= blocks[block - 1]; i++, channels += Growth) layers.Add((Path("denselayer", i), DenseLayer(channels, Growth)));
            features.Add((Path("denseblock", block), Sequential(layers)));
            if (block == blocks.Length) break;
            features.Add((Path("transition", block), Sequential(
                ("norm", BatchNorm2d(channels)), ("relu", ReLU()), ("conv", Conv2d(channels, channels / 2, 1, bias: false)), ("pool", AvgPool2d(2, 2)))));
            channels /= 2;
        }

        features.Add(("norm5", BatchNorm2d(channels)));
        return new Parts(
            "densenet121", [("features", Sequential(features)), ("classifier", Linear(channels, classes))],
            (part, x) => part["classifier"].call(functional.relu(part["features"].call(x)).mean([2L, 3L])));
    }

    private static Parts DenseLayer(int inputs, int growth) => new(
        "denselayer",
        [
            ("norm1", BatchNorm2d(inputs)), ("conv1", Conv2d(inputs, 4 * growth, 1, bias: false)), ("norm2", BatchNorm2d(4 * growth)),
            ("conv2", Conv2d(4 * growth, growth, 3, padding: 1, bias: false)),
        ],
        (part, x) =>
        {
            var between = part["conv1"].call(functional.relu(part["norm1"].call(x)));
            return cat([x, part["conv2"].call(functional.relu(part["norm2"].call(between)))], 1);
        });

    private static Module<Tensor, Tensor> Numbered(Module<Tensor, Tensor>[] modules) => Sequential([.. modules.Select((module, i) => (Path("", i), module))]);

    private static string Path(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");

    /// <summary>A module of named parts, and how they hang together.</summary>
    private sealed class Parts : Module<Tensor, Tensor>
    {
        private readonly Dictionary<string, Module<Tensor, Tensor>> _parts;
        private readonly Func<Dictionary<string, Module<Tensor, Tensor>>, Tensor, Tensor> _forward;

        public Parts(
            string name, (string Name, Module<Tensor, Tensor> Module)[] parts, Func<Dictionary<string, Module<Tensor, Tensor>>, Tensor, Tensor> forward)
            : base(name)
        {
            (_parts, _forward) = (parts.ToDictionary(part => part.Name, part => part.Module), forward);
            foreach (var part in parts) register_module(part.Name, part.Module);
        }

        public override Tensor forward(Tensor input) => _forward(_parts, input);
    }
}
