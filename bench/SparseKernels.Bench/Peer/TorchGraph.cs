using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// A network of ours in TorchSharp, layer by layer the same functions over parameters and buffers of the same names: for networks that nobody
/// wrote in TorchSharp, such as those of ONNX files.
/// </summary>
internal sealed class TorchGraph : nn.Module<Tensor, Tensor>
{
    private readonly PlacedLayer[] _layers;
    private readonly Dictionary<string, Tensor> _state = [];

    /// <summary>Makes parameters and buffers of a graph's layers, of the same sizes; their values are for the caller to set.</summary>
    /// <param name="graph">The layers.</param>
    /// <param name="precision">What they compute in.</param>
    /// <exception cref="ArgumentException">A layer has no counterpart here.</exception>
    public TorchGraph(NetworkGraph graph, ScalarType precision = ScalarType.Float32)
        : base("graph")
    {
        _layers = graph.Placed;
        foreach (var layer in _layers.Select(placed => placed.Layer))
        {
            if (layer is not (Conv2d or BatchNorm2d or Relu or MaxPool2d or AvgPool2d or Add or Linear or Dropout))
                throw new ArgumentException($"{layer.Name} must be a layer that has a counterpart in TorchSharp here, got {layer.GetType().Name}.", nameof(graph));
            foreach (var parameter in layer.Parameters)
            {
                var value = new global::TorchSharp.Modules.Parameter(zeros([.. parameter.Shape.Select(size => (long)size)], precision));
                register_parameter(parameter.Name, value);
                _state.Add(parameter.Name, value);
            }

            foreach (var buffer in layer.Buffers)
            {
                var value = zeros([.. buffer.Shape.Select(size => (long)size)], precision);
                register_buffer(buffer.Name, value);
                _state.Add(buffer.Name, value);
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var tensors = new Tensor[_layers.Length + 1];
        tensors[0] = input;
        for (var i = 0; i < _layers.Length; i++)
        {
            var (layer, x) = (_layers[i].Layer, tensors[_layers[i].Inputs[0]]);
            tensors[i + 1] = layer switch
            {
                Conv2d convolution => Convolve(convolution, x),
                BatchNorm2d norm => Normalise(norm, x, _layers[i].Inputs.Length > 1 ? tensors[_layers[i].Inputs[1]] : null),
                Relu => nn.functional.relu(x),
                MaxPool2d pool => Pool(pool.Window, x),
                AvgPool2d { Window: null } => nn.functional.adaptive_avg_pool2d(x, 1),
                AvgPool2d pool => Mean(pool, x),
                Add add => Sum(add, [.. _layers[i].Inputs.Select(tensor => tensors[tensor])]),
                Linear => nn.functional.linear(x.flatten(1), Of(layer, 0), layer.Parameters.Count > 1 ? Of(layer, 1) : null),
                _ => x,
            };
        }

        return tensors[^1].flatten(1);
    }

    private Tensor Of(Layer layer, int parameter) => _state[layer.Parameters[parameter].Name];

    private Tensor Convolve(Conv2d layer, Tensor x)
    {
        var (_, stride, padding, dilation, groups) = layer.Window;
        var (padded, sides) = Surround(x, padding, value: 0);
        return nn.functional.conv2d(
            padded, Of(layer, 0), layer.Parameters.Count > 1 ? Of(layer, 1) : null, [stride.Height, stride.Width], sides,
            [dilation.Height, dilation.Width], groups);
    }

    private Tensor Normalise(BatchNorm2d layer, Tensor x, Tensor? addend)
    {
        var (epsilon, momentum) = layer.Settings;
        var y = nn.functional.batch_norm(
            x, _state[layer.Buffers[0].Name], _state[layer.Buffers[1].Name], Of(layer, 0), Of(layer, 1), training, momentum, epsilon);
        if (addend is not null) y = y.add_(addend);
        return layer.HasRelu ? nn.functional.relu(y, inplace: true) : y;
    }

    private static Tensor Pool(PoolingWindow window, Tensor x)
    {
        var (padded, sides) = Surround(x, window.Padding, double.NegativeInfinity);
        return nn.functional.max_pool2d(
            padded, [window.Size.Height, window.Size.Width], [window.Stride.Height, window.Stride.Width], sides,
            [window.Dilation.Height, window.Dilation.Width], window.CeilMode);
    }

    private static Tensor Mean(AvgPool2d layer, Tensor x)
    {
        var window = layer.Window!.Value;
        return nn.functional.avg_pool2d(
            x, [window.Size.Height, window.Size.Width], [window.Stride.Height, window.Stride.Width], [window.Padding.Top, window.Padding.Left],
            window.CeilMode, layer.CountIncludePadding);
    }

    private static Tensor Sum(Add layer, Tensor[] inputs)
    {
        var sum = inputs[0];
        foreach (var input in inputs.Skip(1)) sum = sum.add(input);
        return layer.HasRelu ? nn.functional.relu(sum) : sum;
    }

    /// <summary>libtorch's own padding is the same on both sides; another is a tensor with a border.</summary>
    private static (Tensor Padded, long[] Sides) Surround(Tensor x, Padding2D padding, double value) =>
        padding.Top == padding.Bottom && padding.Left == padding.Right
            ? (x, [padding.Top, padding.Left])
            : (nn.functional.pad(x, [padding.Left, padding.Right, padding.Top, padding.Bottom], PaddingModes.Constant, value), [0, 0]);
}
