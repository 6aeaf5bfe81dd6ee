namespace SparseKernels.Schemas;

/// <summary>The rules that several readers share.</summary>
internal static class NumberRules
{
    /// <summary>What a <c>double</c> counts without a gap.</summary>
    private const double MostExact = 1L << 53;

    /// <summary>How many there are: 0 or more.</summary>
    public static NumberRule<int> Count => new(0, int.MaxValue);

    /// <summary>A size of a tensor or group: 1 or more.</summary>
    public static NumberRule<int> Size => new(1, int.MaxValue);

    /// <summary>Steps of a run.</summary>
    public static NumberRule<long> Steps => new(0, long.MaxValue);

    /// <summary>Any seed.</summary>
    public static NumberRule<ulong> Seed => new(0, ulong.MaxValue);

    /// <summary>No or yes.</summary>
    public static NumberRule<int> Flag => new(0, 1);

    /// <summary>A part of something.</summary>
    public static NumberRule<double> Share => new(0, 1);

    /// <summary>Anything finite that a <c>float</c> holds, 0 or more.</summary>
    public static NumberRule<double> Magnitude => new(0, float.MaxValue);

    /// <summary>A count that is kept as a <c>double</c>.</summary>
    public static NumberRule<double> Whole => new(0, MostExact, IsWhole: true);

    /// <summary>A number of any kind, which only who wrote it understands.</summary>
    public static NumberRule<double> Any => new(double.NegativeInfinity, double.PositiveInfinity, MayBeNaN: true);
}
