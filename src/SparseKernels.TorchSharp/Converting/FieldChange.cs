using System.Collections;
using System.Reflection;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>A place of a model that held a module before and holds another one now.</summary>
/// <param name="Owner">The model, or a list in it.</param>
/// <param name="Field">The field; null in a list.</param>
/// <param name="Index">The place in the list.</param>
/// <param name="Before">What it held.</param>
/// <param name="After">What it holds.</param>
internal sealed record FieldChange(object Owner, FieldInfo? Field, int Index, object Before, object After)
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
        if (Field is null) ((IList)Owner)[Index] = value;
        else Field.SetValue(Owner, value);
    }
}
