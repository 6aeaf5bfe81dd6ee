namespace SparseKernels;

/// <summary>
/// The two operands of a pass whose zeros are skipped: the first one's one by one, the second one's in runs that the kernels jump.
/// </summary>
/// <remarks>
/// Three unordered pairs for each of three passes are the nine cells. Where the pair holds the pass's result (Output in Forward,
/// Input in BackwardData, Weight in BackwardWeights), its zeros are a mask known beforehand: elements outside it are not computed
/// and come out exactly zero.
/// </remarks>
public readonly record struct OperandPair
{
    /// <summary>Makes a pair.</summary>
    /// <param name="fine">The operand whose zeros are skipped one by one.</param>
    /// <param name="coarse">The operand whose zero runs are jumped.</param>
    /// <exception cref="ArgumentOutOfRangeException">An operand is not defined.</exception>
    /// <exception cref="ArgumentException">Both are the same.</exception>
    public OperandPair(Operand fine, Operand coarse)
    {
        if (!Enum.IsDefined(fine)) throw new ArgumentOutOfRangeException(nameof(fine), fine, "not an operand.");
        if (!Enum.IsDefined(coarse)) throw new ArgumentOutOfRangeException(nameof(coarse), coarse, "not an operand.");
        if (fine == coarse) throw new ArgumentException($"a pair needs two operands, got {fine} twice.", nameof(coarse));
        (Fine, Coarse) = (fine, coarse);
    }

    /// <summary>The operand whose zeros are skipped one by one.</summary>
    public Operand Fine { get; }

    /// <summary>The operand whose zero runs are jumped.</summary>
    public Operand Coarse { get; }

    /// <summary>Every pair, each with either side fine.</summary>
    public static IReadOnlyList<OperandPair> All { get; } =
    [
        .. from fine in Enum.GetValues<Operand>() from coarse in Enum.GetValues<Operand>() where fine != coarse select new OperandPair(
            fine, coarse),
    ];

    /// <summary>Whether an operand is in the pair.</summary>
    /// <param name="operand">The operand.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(Operand operand) => Fine == operand || Coarse == operand;

    /// <summary>As <c>InputWeight</c>: the fine side first.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Fine}{Coarse}";
}
