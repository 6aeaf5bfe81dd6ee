using SparseKernels.Training.Files;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.StateDicts;

/// <summary>torch's element types and what safetensors calls them.</summary>
internal static class ElementKinds
{
    private static readonly (ScalarType Theirs, string Name)[] s_kinds =
    [
        (ScalarType.Float32, ElementTypes.Float32), (ScalarType.Float64, "F64"), (ScalarType.Float16, "F16"), (ScalarType.BFloat16, "BF16"),
        (ScalarType.Int64, "I64"), (ScalarType.Int32, "I32"), (ScalarType.Int16, "I16"), (ScalarType.Int8, "I8"),
        (ScalarType.Byte, ElementTypes.Byte), (ScalarType.Bool, "BOOL"),
    ];

    /// <summary>The format's name of a type; null for one that it has not.</summary>
    public static string? NameOf(ScalarType type) => Array.Find(s_kinds, kind => kind.Theirs == type).Name;

    /// <summary>The type of a name; null for one that torch has not.</summary>
    public static ScalarType? Of(string name) => Array.Find(s_kinds, kind => kind.Name == name) is { Name: not null } found ? found.Theirs : null;

    /// <summary>Whether elements are floats.</summary>
    public static bool AreFloats(ScalarType type) => NameOf(type) is { } name && ElementTypes.AreFloats(name);
}
