namespace SparseKernels.TestSupport;

/// <summary>
/// How much of a generated suite runs: everything, or a tenth of it where <c>SPARSEKERNELS_TEST_SCALE=small</c> says that the
/// machine is emulated.
/// </summary>
internal static class TestScale
{
    /// <summary>The environment variable: <c>full</c> (the default) or <c>small</c>.</summary>
    public const string Variable = "SPARSEKERNELS_TEST_SCALE";

    /// <summary>Whether the small suite runs.</summary>
    public static bool IsSmall { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "full" => false,
        "small" => true,
        var other => throw new InvalidOperationException($"{Variable} must be full or small, got {other}."),
    };

    /// <summary>Cases of a generated suite: as many as asked for, or a tenth, but at least eight.</summary>
    public static int Cases(int full) => IsSmall ? Math.Min(full, Math.Max(8, full / 10)) : full;

    /// <summary>The side of square images that emulation can afford and models can take: a quarter of the one asked for, but at least 12.</summary>
    public static int Side(int full) => IsSmall ? Math.Max(12, full / 4) : full;

    /// <summary>A size that emulation can afford: an eighth of the one asked for, but at least one.</summary>
    public static int Size(int full) => IsSmall ? Math.Max(1, full / 8) : full;
}
