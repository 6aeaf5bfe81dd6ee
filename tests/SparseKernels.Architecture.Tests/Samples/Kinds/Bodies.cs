using System.Runtime.CompilerServices;
using SparseKernels.Architecture.Tests.Samples.Targets;

namespace SparseKernels.Architecture.Tests.Samples.Kinds;

// Each type refers to one target in the one way that its name says.
internal static class ByNew
{
    public static object Do() => new Base();
}

internal static class ByStaticCall
{
    public static int Do() => Item.Count();
}

internal static class ByCallOfGenericType
{
    public static int Do() => Many<int>.Count();
}

internal static class ByArgumentOfGenericType
{
    public static object Do() => new List<Item>();
}

internal static class ByArgumentOfGenericMethod
{
    public static object Do() => Array.Empty<List<Item>>();
}

internal static class ByUnsafeSizeOf
{
    public static int Do() => Unsafe.SizeOf<Item>();
}

internal static class BySizeOf
{
    public static unsafe int Do() => sizeof(Item);
}

internal static class ByStackalloc
{
    public static int Do(int count)
    {
        Span<Item> items = stackalloc Item[count];
        return items.Length;
    }
}

internal static class ByDefault
{
    public static object Do() => default(Item);
}

internal static class ByRefStruct
{
    public static int Do() => default(Span1).Value;
}

internal static class ByCallOfFunctionPointer
{
    public static unsafe object Do(nint pointer) => ((delegate*<IThing>)pointer)();
}

internal static class ByTypeOf
{
    public static Type Do() => typeof(Many<>);
}

internal static class ByCast
{
    public static bool Do(object value) => value is IThing;
}

internal static class ByCatch
{
    public static void Do(Action action)
    {
        try
        {
            action();
        }
        catch (Trouble)
        {
        }
    }
}

internal static class ByLambda
{
    public static Func<int> Do() => () => Item.Count();
}

internal static class ByIterator
{
    public static IEnumerable<int> Do()
    {
        yield return Item.Count();
    }
}

internal static class ByAsync
{
    public static async Task<int> Do()
    {
        await Task.Yield();
        return Item.Count();
    }
}

internal static class ByNested
{
    internal static class Inner
    {
        public static int Do() => Item.Count();
    }
}
