using SparseKernels.Architecture.Tests.Samples.Targets;

namespace SparseKernels.Architecture.Tests.Samples.Kinds;

// Each type refers to one target in the one way that its name says.
internal sealed class ByBaseType : Base;

internal sealed class ByInterface : IThing;

internal sealed class ByArgumentOfBaseType : List<Item>;

internal sealed class ByConstraint<T> where T : IThing;

internal static class ByConstraintOfMethod
{
    public static void Do<T>() where T : IThing { }
}

[Mark]
internal sealed class ByAttribute;

internal static class ByAttributeOfParameter
{
    public static void Do([Mark] int value) => _ = value;
}

[System.Runtime.CompilerServices.CollectionBuilder(typeof(Base), "Create")]
internal sealed class ByTypeInAttribute;

internal sealed class ByField
{
    public Dictionary<int, List<Item[]>>? Items = null;
}

internal sealed class ByPointer
{
    public unsafe Item* Items = null;
}

internal static class ByFunctionPointer
{
    public static unsafe void Do(delegate*<Item, void> action) => _ = action;
}

internal static class ByParameter
{
    public static void Do(in Item item) => _ = item;
}
