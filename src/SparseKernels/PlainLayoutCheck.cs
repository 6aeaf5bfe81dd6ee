namespace SparseKernels;

/// <summary>The check of a <see cref="PlainLayout"/> argument.</summary>
internal static class PlainLayoutCheck
{
    /// <summary>Throws unless there is such a layout.</summary>
    /// <param name="layout">The argument.</param>
    /// <param name="argument">Its name.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static void Require(this PlainLayout layout, string argument)
    {
        if (!Enum.IsDefined(layout))
            throw new ArgumentOutOfRangeException(argument, layout, $"expected {string.Join(", ", Enum.GetNames<PlainLayout>())}.");
    }
}
