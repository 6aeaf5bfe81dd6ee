using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace SparseKernels.Cli.Terminal;

/// <summary>
/// Reads numbers the same way everywhere: digits, a sign, for others than whole numbers a point and an exponent. No groups of thousands, so that
/// <c>0,05</c> is no number instead of 5.
/// </summary>
internal static class InvariantNumber
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;
    private const NumberStyles Real = Whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads one; false where the text is none.</summary>
    public static bool TryParse<T>([NotNullWhen(true)] string? text, out T value)
        where T : struct, INumberBase<T>
    {
        // A half is a whole number only in a type that has no others.
        var style = T.IsInteger(T.One / (T.One + T.One)) ? Whole : Real;
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out value);
    }
}
