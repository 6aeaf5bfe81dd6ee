using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests.Support;

/// <summary>
/// One convolution as a user may call it: sizes, groups, dilation, bias, what stands behind it, how its input and the output's gradient lie in memory,
/// what trains and what is frozen. The same for the same seed.
/// </summary>
internal sealed class ConvolutionCase
{
    private readonly Random _random;
    private readonly bool _same;
    private readonly long _groups, _inputs, _outputs, _kernelHeight, _kernelWidth;
    private readonly (long, long) _stride, _padding, _dilation;
    private readonly bool _bias, _norm, _affine, _relu;
    private readonly int _order, _gradientOrder, _frozen;
    private readonly long[] _image;

    public ConvolutionCase(int seed)
    {
        _random = new Random(seed);
        Seed = seed;
        Batch = _random.Next(12) switch { 0 => 0, 1 or 2 => 1, _ => _random.Next(2, 7) };
        _groups = _random.Next(3) == 0 ? _random.Next(2, 6) : 1;
        _inputs = _groups * _random.Next(1, _groups == 1 ? 34 : 6);
        _outputs = _groups * _random.Next(1, _groups == 1 ? 34 : 6);
        (_kernelHeight, _kernelWidth) = (_random.Next(1, 5), _random.Next(1, 5));
        _dilation = (_random.Next(1, 3), _random.Next(1, 3));
        _same = _random.Next(8) == 0;
        _stride = _same ? (1, 1) : (_random.Next(1, 4), _random.Next(1, 4));
        _padding = (_random.Next(0, 3), _random.Next(0, 3));
        _image = [(_dilation.Item1 * (_kernelHeight - 1)) + _random.Next(1, 9), (_dilation.Item2 * (_kernelWidth - 1)) + _random.Next(1, 9)];
        (_bias, _norm, _affine, _relu) = (_random.Next(2) == 0, _random.Next(3) == 0, _random.Next(4) > 0, _random.Next(2) == 0);
        (_order, _gradientOrder, _frozen) = (_random.Next(6), _random.Next(3), _random.Next(5));
        InputLearns = _random.Next(3) > 0;

        // A normalisation of a few values, or of a bias alone where filters see nothing but padding, leaves little but rounding.
        var seesImage = _same || (_padding.Item1 <= _dilation.Item1 * (_kernelHeight - 1) && _padding.Item2 <= _dilation.Item2 * (_kernelWidth - 1));
        Trains = Batch > 1 && _random.Next(3) > 0 && !(_norm && (Batch * OutputPixels < 24 || !seesImage));
    }

    public int Seed { get; }

    public int Batch { get; }

    public bool InputLearns { get; }

    public bool Trains { get; }

    /// <summary>Whether it normalises by the batch, perhaps values that are all alike, whose rounding comes out over 300 times as large.</summary>
    public bool Normalises => _norm && Trains;

    private long OutputPixels
    {
        get
        {
            if (_same) return _image[0] * _image[1];
            var (height, width) = (_image[0] + (2 * _padding.Item1) - (_dilation.Item1 * (_kernelHeight - 1)) - 1, _image[1] + (2 * _padding.Item2) - (_dilation.Item2 * (_kernelWidth - 1)) - 1);
            return ((height / _stride.Item1) + 1) * ((width / _stride.Item2) + 1);
        }
    }

    /// <summary>Whether a gradient is zero but for rounding: that of a bias which a normalisation takes away again.</summary>
    public bool HasOnlyRoundingIn(string what) => Normalises && what == "the gradient of conv.bias";

    /// <summary>The same weights each time, those that are frozen frozen.</summary>
    public TensorModule Model(ScalarType type)
    {
        var rows = new List<(string, TensorModule)>
        {
            ("conv", _same
                ? Conv2d(_inputs, _outputs, (_kernelHeight, _kernelWidth), Padding.Same, _stride, _dilation, groups: _groups, bias: _bias)
                : Conv2d(_inputs, _outputs, (_kernelHeight, _kernelWidth), _stride, _padding, _dilation, groups: _groups, bias: _bias)),
        };
        if (_norm) rows.Add(("norm", BatchNorm2d(_outputs, affine: _affine)));
        if (_relu) rows.Add(("relu", ReLU()));
        var model = Sequential(rows);
        var seed = Seed + 10;
        foreach (var (name, parameter) in model.named_parameters())
        {
            // Not torch's generator, which tests beside this one draw from.
            using (no_grad()) parameter.copy_(Torch.Noise(seed++, parameter.shape) / Math.Sqrt(parameter.NumberOfElements / _outputs));
            parameter.requires_grad = _frozen switch { 0 => false, 1 => !name.EndsWith("weight", StringComparison.Ordinal), 2 => name.EndsWith("weight", StringComparison.Ordinal), _ => true };
        }

        model.train(Trains);
        return type == ScalarType.Float32 ? model : model.to(type);
    }

    /// <summary>The leaf that the input is a view of, and the view.</summary>
    public (Tensor Leaf, Tensor X) Input(ScalarType type)
    {
        long n = Batch, c = _inputs, h = _image[0], w = _image[1];
        var (sizes, view) = _order switch
        {
            0 => ((long[])[n, h, w, c], (Func<Tensor, Tensor>)(leaf => leaf.permute(0, 3, 1, 2))),
            1 => ([n, c, w, h], leaf => leaf.transpose(2, 3)),
            2 => ([n, 2 * c, h, w], leaf => leaf[TensorIndex.Colon, TensorIndex.Slice(step: 2)]),
            3 => ([1, c, h, w], leaf => leaf.expand(n, c, h, w)),
            _ => ([n, c, h, w], leaf => leaf),
        };
        var leaf = Torch.Noise(Seed + 1, sizes).to(type).requires_grad_(InputLearns);
        return (leaf, view(leaf));
    }

    /// <summary>The output's gradient, zero where rounding would say what a ReLU lets through.</summary>
    /// <param name="before">What the ReLU reads, or the output where there is none.</param>
    /// <param name="type">The type of its elements.</param>
    public Tensor OutputGradient(Tensor before, ScalarType type)
    {
        var sizes = before.shape;
        var dy = _gradientOrder switch
        {
            0 => Torch.Noise(Seed + 2, sizes[0], sizes[2], sizes[3], sizes[1]).permute(0, 3, 1, 2),
            1 => Torch.Noise(Seed + 2, sizes[0], 1, sizes[2], sizes[3]).expand(sizes),
            _ => Torch.Noise(Seed + 2, sizes),
        };
        return (_relu ? dy * before.abs().gt(1e-4).to(ScalarType.Float32) : dy).to(type);
    }

    /// <summary>What the ReLU at the end reads, or the output where there is none, in 64 bits.</summary>
    public Tensor BeforeRelu()
    {
        using var grad = no_grad();
        var x = Input(ScalarType.Float64).X;
        foreach (var (name, module) in Model(ScalarType.Float64).named_children())
        {
            if (name != "relu") x = ((TensorModule)module).call(x);
        }

        return x;
    }

    public override string ToString() =>
        $"seed {Seed}: N {Batch}, {_inputs}-{_outputs} of {_image[0]}x{_image[1]}, filter {_kernelHeight}x{_kernelWidth}, stride {_stride}, padding {(_same ? "same" : _padding)}, "
        + $"dilation {_dilation}, groups {_groups}, bias {_bias}, norm {_norm}, relu {_relu}, order {_order}, {_gradientOrder}, frozen {_frozen}, "
        + $"{(InputLearns ? "learning" : "fixed")} input, {(Trains ? "training" : "inference")}";
}
