namespace SparseKernels.TestSupport;

/// <summary>The seed of every generated suite in this run: a new one each time, or the one to repeat.</summary>
internal static class TestSeed
{
    /// <summary>The environment variable that repeats a run: the seed that a failing one printed.</summary>
    public const string Variable = "SPARSEKERNELS_TEST_SEED";

    /// <summary>The seed.</summary>
    public static uint Value { get; } = Read();

    private static uint Read()
    {
        var text = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(text)) return (uint)Random.Shared.NextInt64(uint.MaxValue);
        return uint.TryParse(text, out var seed)
            ? seed
            : throw new InvalidOperationException($"{Variable} must be a number from 0 to {uint.MaxValue}, got {text}.");
    }
}
