using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests.Support;

/// <summary>Models as users of TorchSharp write them.</summary>
internal static class Models
{
    /// <summary>A row of the layers that a stretch may have.</summary>
    public static TorchModules.Sequential Row(double dropout = 0) => Sequential(
        ("conv1", Conv2d(3, 20, 3, padding: 1, bias: false)), ("bn1", BatchNorm2d(20)), ("relu1", ReLU(inplace: true)), ("pool1", MaxPool2d(2)),
        ("conv2", Conv2d(20, 24, 3, stride: 2, padding: 1, groups: 4)), ("bn2", BatchNorm2d(24)), ("relu2", ReLU6()), ("drop", Dropout(dropout)),
        ("conv3", Conv2d(24, 8, 1)), ("relu3", ReLU()), ("mean", AdaptiveAvgPool2d(2)), ("flatten", Flatten()), ("fc", Linear(32, 5)));

    /// <summary>A GroupNorm with values: TorchSharp leaves what lay in their memory.</summary>
    public static TorchModules.GroupNorm Set(TorchModules.GroupNorm norm)
    {
        init.uniform_(norm.weight, 0.5, 1.5);
        init.uniform_(norm.bias!, -1, 1);
        return norm;
    }

    /// <summary>A pair of models of the same weights.</summary>
    public static (T Plain, T Converted) Pair<T>(Func<T> make)
        where T : TensorModule
    {
        manual_seed(5);
        var (plain, other) = (make(), make());
        other.load_state_dict(plain.state_dict());
        return (plain, other);
    }
}

/// <summary>A network whose forward is its own code, with a residual block in a described class.</summary>
internal sealed class OwnNetwork : TensorModule
{
    private readonly TensorModule _stem = Conv2d(3, 16, 3, padding: 1);
    private readonly TensorModule _blocks = Sequential(("0", new OwnBlock(16)), ("1", new OwnBlock(16)));
    private readonly TorchModules.Conv2d _sealed = Conv2d(16, 8, 1);
    private readonly TensorModule[] _heads = [Linear(8, 3)];

    public OwnNetwork()
        : base(nameof(OwnNetwork))
    {
        RegisterComponents();
        register_module("head", _heads[0]);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = _sealed.call(_blocks.call(functional.relu(_stem.call(input))));
        return _heads[0].call(functional.adaptive_avg_pool2d(x, 1).flatten(1)).MoveToOuterDisposeScope();
    }
}

internal sealed class OwnBlock : TensorModule
{
    private readonly TensorModule _conv1;
    private readonly TensorModule _bn1;
    private readonly TensorModule _conv2;
    private readonly TensorModule _bn2;

    public OwnBlock(int channels)
        : base(nameof(OwnBlock))
    {
        (_conv1, _bn1) = (Conv2d(channels, channels, 3, padding: 1, bias: false), BatchNorm2d(channels));
        (_conv2, _bn2) = (Conv2d(channels, channels, 3, padding: 1, bias: false), BatchNorm2d(channels));
        RegisterComponents();
    }

    public static BlockDescription Description { get; } = new("_conv1", "_bn1", BlockDescription.Relu, "_conv2", "_bn2") { AddsInput = true, HasRelu = true };

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return functional.relu(_bn2.call(_conv2.call(functional.relu(_bn1.call(_conv1.call(input))))) + input).MoveToOuterDisposeScope();
    }
}
