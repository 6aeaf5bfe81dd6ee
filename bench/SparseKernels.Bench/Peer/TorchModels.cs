using SparseKernels.TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// Our models in TorchSharp: torchvision's own, and the others written the way its users write them, the same layers in the same order under
/// the same names, so that one state fits both.
/// </summary>
internal static class TorchModels
{
    /// <summary>Builds a model.</summary>
    /// <param name="name">As in our catalogue.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Height and width of an image.</param>
    /// <param name="classes">Classes.</param>
    /// <exception cref="ArgumentException">No such model is written here.</exception>
    public static Module<Tensor, Tensor> Create(string name, int channels, int size, int classes) => name switch
    {
        "vgg-small" => new VggSmall(channels, classes),
        "resnet20" => new ResNet20(channels, classes),
        "lenet" => new LeNet(channels, size, classes),
        _ => TorchVisionModels.Create(name, classes),
    };

    /// <summary>What the blocks of these models compute, for their conversion.</summary>
    public static IReadOnlyDictionary<Type, BlockDescription> Blocks { get; } = new Dictionary<Type, BlockDescription>
    {
        [typeof(Block)] = new("_conv1", "_bn1", BlockDescription.Relu, "_conv2", "_bn2") { Beside = "_downsample", HasRelu = true },
    };

    private static Module<Tensor, Tensor> Convolution(int inputs, int outputs, int size, int stride = 1, int padding = 0, bool bias = false) =>
        Conv2d(inputs, outputs, size, stride: stride, padding: padding, bias: bias);

    private sealed class VggSmall : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _features;
        private readonly Module<Tensor, Tensor> _classifier;

        public VggSmall(int channels, int classes)
            : base("vgg-small")
        {
            const int Pool = 0;
            var modules = new List<(string, Module<Tensor, Tensor>)>();
            void Add(Module<Tensor, Tensor> module) => modules.Add(($"{modules.Count}", module));
            foreach (var stage in new[] { 64, Pool, 64, 128, Pool, 128, 256, Pool, 256 })
            {
                if (stage == Pool)
                {
                    Add(MaxPool2d(2));
                    continue;
                }

                Add(Convolution(channels, stage, 3, padding: 1));
                Add(BatchNorm2d(stage));
                Add(ReLU(inplace: true));
                channels = stage;
            }

            _features = Sequential(modules);
            _classifier = Linear(channels, classes);
            register_module("features", _features);
            register_module("classifier", _classifier);
        }

        public override Tensor forward(Tensor input) =>
            _classifier.forward(functional.adaptive_avg_pool2d(_features.forward(input), 1).flatten(1));
    }

    private sealed class ResNet20 : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _conv1, _bn1, _fc;
        private readonly Module<Tensor, Tensor>[] _stages;

        public ResNet20(int channels, int classes)
            : base("resnet20")
        {
            var inputs = 16;
            _conv1 = Convolution(channels, inputs, 3, padding: 1);
            _bn1 = BatchNorm2d(inputs);
            register_module("conv1", _conv1);
            register_module("bn1", _bn1);
            _stages = [Stage(ref inputs, 16, 1), Stage(ref inputs, 32, 2), Stage(ref inputs, 64, 2)];
            for (var i = 0; i < _stages.Length; i++) register_module($"layer{i + 1}", _stages[i]);
            _fc = Linear(inputs, classes);
            register_module("fc", _fc);
        }

        public override Tensor forward(Tensor input)
        {
            var x = functional.relu(_bn1.forward(_conv1.forward(input)), inplace: true);
            foreach (var stage in _stages) x = stage.forward(x);
            return _fc.forward(functional.adaptive_avg_pool2d(x, 1).flatten(1));
        }

        private static Module<Tensor, Tensor> Stage(ref int inputs, int outputs, int stride)
        {
            var blocks = new List<(string, Module<Tensor, Tensor>)>();
            for (var block = 0; block < 3; block++)
            {
                blocks.Add(($"{block}", new Block(inputs, outputs, block == 0 ? stride : 1)));
                inputs = outputs;
            }

            return Sequential(blocks);
        }
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _conv1, _bn1, _conv2, _bn2;
        private readonly Module<Tensor, Tensor>? _downsample;

        public Block(int inputs, int outputs, int stride)
            : base("block")
        {
            _conv1 = Convolution(inputs, outputs, 3, stride, padding: 1);
            _bn1 = BatchNorm2d(outputs);
            _conv2 = Convolution(outputs, outputs, 3, padding: 1);
            _bn2 = BatchNorm2d(outputs);
            register_module("conv1", _conv1);
            register_module("bn1", _bn1);
            register_module("conv2", _conv2);
            register_module("bn2", _bn2);
            if (stride == 1 && inputs == outputs) return;
            _downsample = Sequential(("0", Convolution(inputs, outputs, 1, stride)), ("1", BatchNorm2d(outputs)));
            register_module("downsample", _downsample);
        }

        public override Tensor forward(Tensor input)
        {
            var x = functional.relu(_bn1.forward(_conv1.forward(input)), inplace: true);
            x = _bn2.forward(_conv2.forward(x)).add_(_downsample is null ? input : _downsample.forward(input));
            return functional.relu(x, inplace: true);
        }
    }

    private sealed class LeNet : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _conv1, _conv2, _fc1, _fc2, _fc3;

        public LeNet(int channels, int size, int classes)
            : base("lenet")
        {
            var side = ((size / 2) - 4) / 2;
            _conv1 = Convolution(channels, 6, 5, padding: 2, bias: true);
            _conv2 = Convolution(6, 16, 5, bias: true);
            (_fc1, _fc2, _fc3) = (Linear(16 * side * side, 120), Linear(120, 84), Linear(84, classes));
            register_module("conv1", _conv1);
            register_module("conv2", _conv2);
            register_module("fc1", _fc1);
            register_module("fc2", _fc2);
            register_module("fc3", _fc3);
        }

        public override Tensor forward(Tensor input)
        {
            var x = functional.max_pool2d(functional.relu(_conv1.forward(input), inplace: true), 2);
            x = functional.max_pool2d(functional.relu(_conv2.forward(x), inplace: true), 2).flatten(1);
            x = functional.relu(_fc1.forward(x), inplace: true);
            return _fc3.forward(functional.relu(_fc2.forward(x), inplace: true));
        }
    }
}
