namespace SparseKernels.Pruning.Strategies;

/// <summary>Reads a strategy's numbers back, with an error for each that is missing or impossible.</summary>
internal readonly struct StateReader
{
    private readonly IReadOnlyDictionary<string, double> _state;

    public StateReader(IReadOnlyDictionary<string, double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _state = state;
    }

    public double Number(string name) =>
        _state.TryGetValue(name, out var number) ? number : throw new ArgumentException(
            $"the state of a pruning strategy must have the number '{name}'; it has {string.Join(", ", _state.Keys)}.", "state");

    /// <summary>A whole number from 0 to 2⁵³.</summary>
    public long Whole(string name)
    {
        var number = Number(name);
        return number >= 0 && number <= 1L << 53 && number == Math.Floor(number)
            ? (long)number
            : throw new ArgumentException(
                $"'{name}' of a pruning strategy's state must be a whole number of 0 or more, got {number}.", "state");
    }

    public int Count(string name) => Whole(name) is var number and <= int.MaxValue
        ? (int)number
        : throw new ArgumentException(
            $"'{name}' of a pruning strategy's state must be at most {int.MaxValue}, got {Number(name)}.", "state");

    public float Threshold(string name)
    {
        var number = Number(name);
        return number >= 0 && double.IsFinite(number)
            ? (float)number
            : throw new ArgumentException($"'{name}' of a pruning strategy's state must be finite and 0 or more, got {number}.", "state");
    }

    public double Share(string name) => Number(name) is >= 0 and <= 1 and var number
        ? number
        : throw new ArgumentException($"'{name}' of a pruning strategy's state must be 0 to 1, got {Number(name)}.", "state");

    public bool Flag(string name) => Whole(name) switch
    {
        0 => false,
        1 => true,
        var other => throw new ArgumentException($"'{name}' of a pruning strategy's state must be 0 or 1, got {other}.", "state"),
    };
}
