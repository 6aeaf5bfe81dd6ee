using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>A place that holds a module of a model: a field, or an element of a list, array or dictionary in one.</summary>
/// <param name="Owner">The model, list or dictionary.</param>
/// <param name="Field">The field; null in a list or dictionary.</param>
/// <param name="Key">The place in the list, or the key in the dictionary.</param>
/// <param name="Type">What the place can hold.</param>
internal sealed record ModulePlace(object Owner, FieldInfo? Field, object Key, Type Type)
{
    /// <summary>The places of a model that hold one of its modules. A ModuleDict has each of them in a dictionary and in a list of pairs.</summary>
    /// <param name="parent">The model.</param>
    /// <param name="child">The module.</param>
    public static IEnumerable<ModulePlace> Of(AnyModule parent, AnyModule child)
    {
        for (var type = parent.GetType(); type is not null && type != typeof(AnyModule); type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                var value = field.GetValue(parent);
                if (ReferenceEquals(value, child)) yield return new ModulePlace(parent, field, 0, field.FieldType);
                if (value is AnyModule) continue;
                foreach (var place in Inside(value, child)) yield return place;
            }
        }
    }

    private static IEnumerable<ModulePlace> Inside(object? value, AnyModule child)
    {
        switch (value)
        {
            case IDictionary { IsReadOnly: false } dictionary:
                foreach (DictionaryEntry entry in dictionary)
                {
                    if (ReferenceEquals(entry.Value, child)) yield return new ModulePlace(dictionary, null, entry.Key, ElementOf(dictionary, argument: 1));
                }

                break;
            case IList { IsReadOnly: false } list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (ReferenceEquals(list[i], child)) yield return new ModulePlace(list, null, i, ElementOf(list, argument: 0));
                    if (list[i] is ITuple { Length: 2 } pair && ReferenceEquals(pair[1], child))
                        yield return new ModulePlace(list, null, i, ElementOf(pair, argument: 1));
                }

                break;
        }
    }

    private static Type ElementOf(object collection, int argument) =>
        collection.GetType().GetElementType() ?? collection.GetType().GetGenericArguments().ElementAtOrDefault(argument) ?? typeof(object);
}
