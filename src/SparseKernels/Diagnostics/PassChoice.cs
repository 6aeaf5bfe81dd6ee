namespace SparseKernels.Diagnostics;

/// <summary>What a pass of a plan chose last: nothing yet, the dense kernels, or a pair of operands whose zeros it skips.</summary>
public readonly record struct PassChoice
{
    private readonly bool _isMade;

    private PassChoice(OperandPair? pair) => (_isMade, Pair) = (true, pair);

    /// <summary>No choice was made yet.</summary>
    public static PassChoice None => default;

    /// <summary>The dense kernels.</summary>
    public static PassChoice Dense { get; } = new(pair: null);

    /// <summary>Whether no choice was made yet.</summary>
    public bool IsNone => !_isMade;

    /// <summary>The pair; null for the dense kernels and where no choice was made yet.</summary>
    public OperandPair? Pair { get; }

    /// <summary>The choice of a pair.</summary>
    /// <param name="pair">The pair.</param>
    /// <returns>The choice.</returns>
    /// <exception cref="ArgumentException"><paramref name="pair"/> is the default value.</exception>
    public static PassChoice Of(OperandPair pair) => pair == default
        ? throw new ArgumentException("pair must name two operands, got the default value.", nameof(pair))
        : new(pair);

    /// <summary><c>none</c>, <c>dense</c>, or a pair as <see cref="KernelSchedule.Parse"/> reads it: <c>input-weight</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        IsNone ? "none" : (Pair is { } pair ? KernelSchedule.Forced(pair) : KernelSchedule.Dense).ToString();
}
