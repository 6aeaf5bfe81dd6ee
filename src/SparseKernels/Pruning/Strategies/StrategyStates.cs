namespace SparseKernels.Pruning.Strategies;

/// <summary>
/// What the states of the library's own strategies may be, by the strategies' names: who reads a checkpoint has no strategy yet.
/// </summary>
internal static class StrategyStates
{
    public const string Gated = "accuracy-gated";
    public const string Gradual = "gradual magnitude";
    public const string OneShot = "one-shot magnitude";
    public const string DropAndGrow = "RigL";

    /// <summary>The number that says whether the first masks were drawn: they are in the first step.</summary>
    public const string Started = "started";

    /// <summary>Checks a state; one of a strategy that isn't the library's may be anything.</summary>
    /// <param name="strategy">The strategy's name.</param>
    /// <param name="steps">Steps taken.</param>
    /// <param name="numbers">The strategy's numbers.</param>
    /// <param name="layers">The names of the layers that it prunes.</param>
    /// <param name="hasSnapshot">Whether a copy is kept to bring back.</param>
    /// <exception cref="ArgumentException">
    /// A number is missing, impossible or unknown, or layers or copy don't go with the numbers.
    /// </exception>
    public static void Check(
        string strategy, long steps, IReadOnlyDictionary<string, double> numbers, IReadOnlyCollection<string> layers, bool hasSnapshot)
    {
        if (strategy == Gated)
        {
            GatedPruningState.Read(numbers).Check(steps, layers, hasSnapshot);
            return;
        }

        if (strategy is not (Gradual or OneShot or DropAndGrow)) return;
        if (hasSnapshot)
            throw new ArgumentException(
                $"the pruning state has a copy to bring back, which strategy '{strategy}' never does.", nameof(hasSnapshot));
        var reader = new StateReader(numbers);
        if (strategy == DropAndGrow && reader.Flag(Started) != steps > 0)
            throw new ArgumentException(
                $"'{Started}' of a pruning strategy's state must be {(steps > 0 ? 1 : 0)} after {steps} steps.", nameof(numbers));
        reader.RefuseOthers();
    }
}
