using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace SparseKernels.Schemas;

/// <summary>
/// What a number that is read may be: its kind and its range, as a check and in words. Whatever reads a file's numbers, as text, as JSON or
/// from a strategy's state, has one of these for each.
/// </summary>
/// <param name="Least">The least it may be.</param>
/// <param name="Most">The most it may be.</param>
/// <param name="Open">Whether these two themselves are out of range.</param>
/// <param name="IsWhole">Whether it is a whole number, in a type that has others.</param>
/// <param name="IsUpwards">Whether <paramref name="Most"/> is only what its type holds, which words leave out.</param>
/// <param name="MayBeNaN">Whether NaN, which stands for "none yet", is in range.</param>
internal readonly record struct NumberRule<T>(
    T Least, T Most, RangeEnds Open = RangeEnds.None, bool IsWhole = false, bool IsUpwards = false, bool MayBeNaN = false)
    where T : struct, INumber<T>
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;
    private const NumberStyles Real = Whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The kind and range: <c>a whole number from 1 up</c>.</summary>
    public string Words =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsWhole || HasNoFractions ? "a whole number" : "a number")} {From}{To}{(MayBeNaN ? ", or NaN" : "")}");

    private static bool HasNoFractions => T.IsInteger(T.One / (T.One + T.One));

    private string From => string.Create(CultureInfo.InvariantCulture, $"{(Open.HasFlag(RangeEnds.Least) ? "over" : "from")} {Least}");

    private string To => IsUpwards
        ? (Open.HasFlag(RangeEnds.Least) ? "" : " up")
        : string.Create(CultureInfo.InvariantCulture, $"{(Open.HasFlag(RangeEnds.Most) ? " and under" : " to")} {Most}");

    /// <summary>Whether a number is of this kind and in range.</summary>
    public bool Allows(T value)
    {
        if (T.IsNaN(value)) return MayBeNaN;
        if (IsWhole && !T.IsInteger(value)) return false;
        return (Open.HasFlag(RangeEnds.Least) ? value > Least : value >= Least) && (Open.HasFlag(RangeEnds.Most) ? value < Most : value <= Most);
    }

    /// <summary>Reads a number as it is written in any culture's machine-readable text; false for any other text, null too.</summary>
    public bool TryParse([NotNullWhen(true)] string? text, out T value) =>
        T.TryParse(text, HasNoFractions ? Whole : Real, CultureInfo.InvariantCulture, out value) && Allows(value);

    /// <summary>Reads a number.</summary>
    /// <exception cref="InvalidDataException">The text is none, or out of range; the message names the key.</exception>
    public T Parse(string key, string? text) => TryParse(text, out var value) ? value : throw Fault(key, text ?? "none");

    /// <summary>Checks a number.</summary>
    /// <exception cref="InvalidDataException">It is out of range; the message names the key.</exception>
    public T Require(string key, T value) => Allows(value) ? value : throw Fault(key, value.ToString(null, CultureInfo.InvariantCulture));

    private InvalidDataException Fault(string key, string got) => new($"expected {Words} for {key}, got {got}.");
}
