namespace SparseKernels;

/// <summary>How a plan chooses, for each pass and call, the kernels and the operands whose zeros they skip.</summary>
public sealed record KernelSchedule
{
    /// <summary>The environment variable that sets the schedule of plans whose options don't: as for <see cref="Parse"/>.</summary>
    public const string OverrideVariable = "SPARSEKERNELS_SCHEDULE";

    private static readonly Lazy<KernelSchedule> s_current = new(
        () => FromEnvironment(Environment.GetEnvironmentVariable(OverrideVariable)));

    private KernelSchedule(KernelScheduleMode mode, OperandPair? pair = null) => (Mode, Pair) = (mode, pair);

    /// <summary>What is predicted to finish first, corrected by the times that this plan's calls really took.</summary>
    public static KernelSchedule Automatic { get; } = new(KernelScheduleMode.Automatic);

    /// <summary>
    /// What is predicted to finish first by sizes, densities and calibration alone, never by times seen: the same calls in the same order
    /// give the same bits.
    /// </summary>
    public static KernelSchedule Reproducible { get; } = new(KernelScheduleMode.Reproducible);

    /// <summary>The dense kernels, always.</summary>
    public static KernelSchedule Dense { get; } = new(KernelScheduleMode.Dense);

    /// <summary>What <see cref="OverrideVariable"/> says, and <see cref="Automatic"/> where it says nothing.</summary>
    /// <exception cref="ArgumentException">The variable's value is none of those of <see cref="Parse"/>.</exception>
    public static KernelSchedule Current => s_current.Value;

    /// <summary>How the choice is made.</summary>
    public KernelScheduleMode Mode { get; }

    /// <summary>The pair of <see cref="KernelScheduleMode.Forced"/>; null otherwise.</summary>
    public OperandPair? Pair { get; }

    /// <summary>
    /// One pair of operands for every pass that can use it: where the pair holds a pass's result and the call names no mask, or no kernel
    /// serves the shape, the pass runs dense.
    /// </summary>
    /// <param name="pair">The pair.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException"><paramref name="pair"/> is the default value.</exception>
    public static KernelSchedule Forced(OperandPair pair) => pair == default
        ? throw new ArgumentException("pair must name two operands, got the default value.", nameof(pair))
        : new(KernelScheduleMode.Forced, pair);

    /// <summary>
    /// Reads a schedule: <c>automatic</c>, <c>reproducible</c>, <c>dense</c>, or a pair with its fine side first, such as
    /// <c>input-weight</c>.
    /// </summary>
    /// <param name="text">The text; upper and lower case are the same.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static KernelSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Find(text) ?? throw new ArgumentException(Unknown(text), nameof(text));
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        Pair is { } pair ? $"{pair.Fine}-{pair.Coarse}".ToLowerInvariant() : Mode.ToString().ToLowerInvariant();

    internal static KernelSchedule FromEnvironment(string? value)
    {
        if (string.IsNullOrEmpty(value)) return Automatic;
        return Find(value) ?? throw new ArgumentException($"{OverrideVariable}: {Unknown(value)}");
    }

    private static KernelSchedule? Find(string text) =>
        Known().FirstOrDefault(schedule => schedule.ToString().Equals(text, StringComparison.OrdinalIgnoreCase));

    private static string Unknown(string text) => $"'{text}' is no schedule; expected one of {string.Join(", ", Known())}.";

    private static IEnumerable<KernelSchedule> Known()
    {
        yield return Automatic;
        yield return Reproducible;
        yield return Dense;
        foreach (var pair in OperandPair.All) yield return Forced(pair);
    }
}
