using System.Globalization;
using SparseKernels.Schemas;

namespace SparseKernels.Pruning.Strategies;

/// <summary>Reads a strategy's numbers back, with an error for each that is missing, impossible or unknown.</summary>
internal readonly struct StateReader
{
    private readonly IReadOnlyDictionary<string, double> _state;
    private readonly HashSet<string> _read = [];

    public StateReader(IReadOnlyDictionary<string, double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _state = state;
    }

    public double Number(string name, NumberRule<double> rule)
    {
        if (!_state.TryGetValue(name, out var number))
            throw new ArgumentException(
                $"the state of a pruning strategy must have the number '{name}'; it has {string.Join(", ", _state.Keys)}.", "state");
        _ = _read.Add(name);
        return rule.Allows(number)
            ? number
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"'{name}' of a pruning strategy's state must be {rule.Words}, got {number}."), "state");
    }

    /// <summary>A whole number from 0 to 2⁵³.</summary>
    public long Whole(string name) => (long)Number(name, NumberRules.Whole);

    public int Count(string name) => (int)Number(name, NumberRules.Whole with { Most = int.MaxValue });

    public float Threshold(string name) => (float)Number(name, NumberRules.Magnitude);

    public double Share(string name) => Number(name, NumberRules.Share);

    public bool Flag(string name) => Number(name, NumberRules.Whole with { Most = 1 }) != 0;

    /// <summary>Refuses a number that nobody has read.</summary>
    public void RefuseOthers()
    {
        foreach (var name in _state.Keys)
        {
            if (!_read.Contains(name)) throw new ArgumentException($"the state of this pruning strategy has no number '{name}'.", "state");
        }
    }
}
