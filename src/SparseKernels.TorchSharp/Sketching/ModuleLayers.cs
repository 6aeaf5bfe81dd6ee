using SparseKernels.TorchSharp.Nodes;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using TorchSharp;
using UpsampleMode = SparseKernels.Training.Layers.Reshaping.UpsampleMode;

namespace SparseKernels.TorchSharp.Sketching;

/// <summary>The layer that computes what one of torch's modules does.</summary>
internal static class ModuleLayers
{
    /// <summary>The layer of a module that is no batch normalisation; null for one that changes nothing.</summary>
    /// <param name="module">The module.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">The module's settings are out of our range; the message says why.</exception>
    /// <exception cref="NotSupportedException">There is none; the message says why.</exception>
    public static Layer? Of(TensorModule module, string name) => module switch
    {
        TorchModules.Conv2d convolution => Convolution(convolution, name),
        TorchModules.Linear linear => new Linear(
            name, new FeatureShape(Int(linear.in_features), 1, 1), Int(linear.out_features), linear.bias is not null),
        TorchModules.ConvTranspose2d transposed => Transposed(transposed, name),
        IOwnModule own => own.CreateLayer(name),
        TorchModules.GroupNorm { weight: { } weight } norm => new GroupNorm(name, Int(norm.num_groups), Int(weight.shape[0]), (float)norm.eps),
        TorchModules.GroupNorm => throw new NotSupportedException("a GroupNorm without weights is not supported"),
        TorchModules.ReLU => new Relu(name),
        TorchModules.LeakyReLU leaky => new LeakyRelu(name, (float)leaky.negative_slope),
        TorchModules.SiLU => new Silu(name),
        TorchModules.Hardswish => new HardSwish(name),
        TorchModules.Hardsigmoid => new HardSigmoid(name),
        TorchModules.Sigmoid => new Sigmoid(name),
        TorchModules.Upsample upsample => Enlarged(upsample, name),
        TorchModules.ReLU6 => new Relu6(name),
        TorchModules.MaxPool2d pool => new MaxPool2d(
            name, Known(Windows.Size(pool.kernel_size)), Windows.Size(pool.stride), Padding(pool.padding), Windows.Size(pool.dilation), pool.ceil_mode),
        TorchModules.AvgPool2d { divisor_override: null } pool => new AvgPool2d(
            name, Known(Windows.Size(pool.kernel_size)), Windows.Size(pool.stride), Padding(pool.padding), pool.ceil_mode, pool.count_include_pad),
        TorchModules.AvgPool2d => throw new NotSupportedException("divisor_override is not supported"),
        TorchModules.AdaptiveAvgPool2d pool => new AdaptiveAvgPool2d(name, Known(Windows.Size(pool.output_size))),
        TorchModules.Dropout { p: >= 0 and < 1 } dropout => new Dropout(name, (float)dropout.p),
        TorchModules.Dropout => throw new NotSupportedException("everything is dropped"),
        TorchModules.Flatten { start_dim: 1, end_dim: -1 } => new Flatten(name),
        TorchModules.Flatten => throw new NotSupportedException("only Flatten(1, -1) is supported"),
        TorchModules.Identity => null,
        _ => throw new NotSupportedException($"{module.GetType().Name} is not supported"),
    };

    /// <summary>Whether a module writes its output over its input.</summary>
    public static bool ChangesInput(AnyModule module) => module is TorchModules.ReLU { inplace: true } or TorchModules.ReLU6 { inplace: true }
        or TorchModules.Dropout { inplace: true } or TorchModules.LeakyReLU { inplace: true } or TorchModules.SiLU { inplace: true }
        or TorchModules.Hardswish { inplace: true } or TorchModules.Hardsigmoid { inplace: true } or TorchModules.Sigmoid { inplace: true };

    /// <summary>Dimensions that a module's input must have here; null where 4 and 2 will do.</summary>
    public static int? RankOf(AnyModule module) => module switch
    {
        TorchModules.Linear => 2,
        IOwnModule own => own.Rank,
        TorchModules.Conv2d or TorchModules.ConvTranspose2d or TorchModules.MaxPool2d or TorchModules.AvgPool2d or TorchModules.AdaptiveAvgPool2d
            or TorchModules.GroupNorm or TorchModules.Upsample => 4,
        _ => null,
    };

    /// <summary>Why a batch normalisation is none of ours; null if it is.</summary>
    public static string? WhyNot(TorchModules.BatchNorm2d norm) => norm switch
    {
        { track_running_stats: false } or { running_mean: null } => "a BatchNorm2d without running statistics is not supported",
        { momentum: null or <= 0 or > 1 } => "a BatchNorm2d whose momentum is not over 0 and at most 1 is not supported",
        { eps: <= 0 } => "a BatchNorm2d without an eps over 0 is not supported",
        _ => null,
    };

    private static Conv2d Convolution(TorchModules.Conv2d module, string name)
    {
        if (module.padding_mode != PaddingModes.Zeros) throw new NotSupportedException($"padding_mode {module.padding_mode} is not supported");
        var (kernel, stride, dilation) = (Known(Windows.Size(module.kernel_size)), Known(Windows.Size(module.stride)), Known(Windows.Size(module.dilation)));
        var padding = module.padding_type switch
        {
            global::TorchSharp.Padding.Same => Windows.Same(kernel, dilation),
            global::TorchSharp.Padding.Valid => 0,
            _ => Padding(module.padding),
        };
        return new Conv2d(
            name, Int(module.in_channels), Int(module.out_channels), kernel, stride, padding, dilation, Int(module.groups), module.bias is not null);
    }

    private static ConvTranspose2d Transposed(TorchModules.ConvTranspose2d module, string name)
    {
        if (module.padding_mode != PaddingModes.Zeros) throw new NotSupportedException($"padding_mode {module.padding_mode} is not supported");
        return new ConvTranspose2d(
            name, Int(module.in_channels), Int(module.out_channels), Known(Windows.Size(module.kernel_size)), Known(Windows.Size(module.stride)),
            Padding(module.padding), Known(Windows.Size(module.output_padding, byDefault: 0)), Known(Windows.Size(module.dilation)), Int(module.groups),
            module.bias is not null);
    }

    private static Upsample2d Enlarged(TorchModules.Upsample module, string name)
    {
        var mode = (module.mode, module.align_corners) switch
        {
            (global::TorchSharp.torch.UpsampleMode.Nearest, _) => UpsampleMode.Nearest,
            (global::TorchSharp.torch.UpsampleMode.Bilinear, true) => UpsampleMode.BilinearAlignedCorners,
            (global::TorchSharp.torch.UpsampleMode.Bilinear, _) => UpsampleMode.Bilinear,
            _ => throw new NotSupportedException($"an Upsample of mode {module.mode} is not supported"),
        };
        if (module.recompute_scale_factor is true) throw new NotSupportedException("recompute_scale_factor is not supported");
        if (module.size.Length > 0) return Upsample2d.ToSize(name, Known(Windows.Size(module.size.ToArray())), mode);
        return module.scale_factor switch
        {
            [var both] => Upsample2d.ByScale(name, (float)both, (float)both, mode),
            [var height, var width] => Upsample2d.ByScale(name, (float)height, (float)width, mode),
            _ => throw new NotSupportedException("an Upsample must have a size or one or two factors"),
        };
    }

    private static Padding2D Padding(long[]? padding) => Windows.Padding(Known(Windows.Size(padding, byDefault: 0)));

    private static Size2D Known(Size2D? size) => size ?? throw new NotSupportedException("sizes must be one or two numbers");

    private static int Int(long size) => size is >= 1 and <= int.MaxValue ? (int)size : throw new NotSupportedException($"a size of {size} is not supported");
}
