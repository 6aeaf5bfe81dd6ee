using System.Reflection;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Sketching;

/// <summary>Blocks whose <c>forward</c> is known: those of <c>TorchVision</c>, and those that the user describes.</summary>
/// <param name="described">The user's; null where no block shall be known, not even those.</param>
internal sealed class KnownBlocks(IReadOnlyDictionary<Type, BlockDescription>? described)
{
    private static readonly BlockDescription s_inverted = new("conv");

    private static readonly BlockDescription s_bottleneck =
        new("conv1", "bn1", "relu1", "conv2", "bn2", "relu2", "conv3", "bn3") { Beside = "downsample", HasRelu = true };

    private static readonly Dictionary<string, BlockDescription> s_known = new()
    {
        ["TorchSharp.Modules.ResNet"] = new("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc"),
        ["TorchSharp.Modules.MobileNetV2"] = new("features", BlockDescription.Mean, "classifier"),
        ["TorchSharp.Modules.ResNet+BasicBlock"] = new("conv1", "bn1", "relu1", "conv2", "bn2") { Beside = "downsample", HasRelu = true },
        ["TorchSharp.Modules.ResNet+Bottleneck"] = s_bottleneck,
    };

    /// <summary>Those of <c>TorchVision</c> alone.</summary>
    public static KnownBlocks None { get; } = new(new Dictionary<Type, BlockDescription>());

    /// <summary>Those that a conversion shall look into as a whole.</summary>
    /// <param name="options">The user's options.</param>
    public static KnownBlocks Under(SparseTorchOptions options) => new(options.OneByOne ? null : options.Blocks);

    /// <summary>The field with a name in a type or those that it derives from; null for none.</summary>
    public static FieldInfo? FieldOf(Type type, string name)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (at.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly) is { } field) return field;
        }

        return null;
    }

    /// <summary>What a module computes; null if it is no known block.</summary>
    /// <param name="module">The module.</param>
    public BlockDescription? Of(TensorModule module)
    {
        if (described is null) return null;
        var type = module.GetType();
        if (described.TryGetValue(type, out var own)) return own;
        if (type.FullName == "TorchSharp.Modules.MobileNetV2+InvertedResidual")
            return s_inverted with { AddsInput = FieldOf(type, "use_res_connect")?.GetValue(module) is true };
        return s_known.GetValueOrDefault(type.FullName!);
    }

    /// <summary>The modules of its row.</summary>
    /// <exception cref="NotSupportedException">It has no such module.</exception>
    public static TensorModule[] RowOf(TensorModule module, BlockDescription block) => [.. block.Row.Select(
        name => FunctionOf(name) ?? ModuleAt(module, name) ?? throw new NotSupportedException($"{module.GetType().Name} has no module in a field {name}"))];

    /// <summary>The module that does what a function in a row does; null for the name of a field.</summary>
    private static TensorModule? FunctionOf(string name) => name switch
    {
        BlockDescription.Relu => ReLU(),
        BlockDescription.Mean => Sequential(AdaptiveAvgPool2d(1), Flatten()),
        _ => null,
    };

    /// <summary>The modules on the way beside the row, none for the input as it is; null where nothing is added.</summary>
    /// <exception cref="NotSupportedException">It has no such field.</exception>
    public static TensorModule[]? BesideOf(TensorModule module, BlockDescription block) =>
        block.Beside is { } name ? ModuleAt(module, name) is { } beside ? [beside] : []
        : block.AddsInput ? [] : null;

    private static TensorModule? ModuleAt(TensorModule module, string name)
    {
        var field = FieldOf(module.GetType(), name) ?? throw new NotSupportedException($"{module.GetType().Name} has no field {name}");
        return field.GetValue(module) as TensorModule;
    }
}
