using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>A place of a model that held a module before and holds another one now.</summary>
/// <param name="Owner">The model, or a list or dictionary in it.</param>
/// <param name="Field">The field; null in a list or dictionary.</param>
/// <param name="Key">The place in the list, or the key in the dictionary.</param>
/// <param name="Before">What it held.</param>
/// <param name="After">What it holds.</param>
internal sealed record FieldChange(object Owner, FieldInfo? Field, object Key, object Before, object After)
{
    /// <summary>Puts the new one there.</summary>
    public void Do() => Set(After);

    /// <summary>Puts the old one back.</summary>
    public void Undo()
    {
        Set(Before);
        (After as IConverted)?.Free();
    }

    private void Set(object value)
    {
        switch (Owner)
        {
            case var _ when Field is not null:
                Field.SetValue(Owner, value);
                break;
            case IDictionary dictionary:
                dictionary[Key] = value;
                break;
            case IList list when list[(int)Key] is ITuple pair:
                list[(int)Key] = Activator.CreateInstance(pair.GetType(), pair[0], value);
                break;
            case IList list:
                list[(int)Key] = value;
                break;
        }
    }
}
