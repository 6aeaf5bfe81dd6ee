using SparseKernels.Isa;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels;

/// <summary>
/// How long the parts of each kernel driver's work take on one processor and instruction set: what the scheduler predicts times from.
/// Measured once per machine in some seconds and kept in a file; built-in figures serve until then. Immutable.
/// </summary>
/// <remarks>
/// The file lies in the user's cache folder and may be deleted at any time. <c>SPARSEKERNELS_CALIBRATION</c> names another file, or says
/// <c>off</c> for the built-in figures. A file that is damaged, or from another processor, instruction set or version, is not used;
/// <see cref="Source"/> says so.
/// </remarks>
public sealed class Calibration
{
    /// <summary>The environment variable that names the file to use, or says <c>off</c>.</summary>
    public const string OverrideVariable = CalibrationStore.OverrideVariable;

    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(12);
    private static readonly Lock s_lock = new();

    /// <summary>Held while a machine is measured, which takes seconds: not what plans wait for.</summary>
    private static readonly Lock s_measuring = new();

    private static volatile Calibration? s_current;

    internal Calibration(CalibrationData data) => Data = data;

    /// <summary>
    /// The calibration of this processor and the instruction set in use: the file's where there is a valid one, else the built-in one. The
    /// file is read once; nothing is measured.
    /// </summary>
    public static Calibration Current
    {
        get
        {
            if (s_current is { } current) return current;
            lock (s_lock) return s_current ??= new Calibration(new CalibrationStore().LoadOrDefault(Isa.InstructionSet.Current));
        }
    }

    /// <summary>The instruction set it is for.</summary>
    public InstructionSetKind InstructionSet => Data.InstructionSet;

    /// <summary>The processor it was measured on.</summary>
    public string Processor => Data.Processor;

    /// <summary>By how much predictions missed the times that it was fitted to: the mean of <c>|log(predicted / seen)|</c>.</summary>
    public double Error => Data.Error;

    /// <summary>Where it comes from, in one line.</summary>
    public string Source => Data.Source;

    internal CalibrationData Data { get; }

    /// <summary>
    /// Built-in figures: measured on a Zen 3 core for AVX2 and on a Zen 4 core for AVX-512; for the others those of AVX2, scaled by the lanes
    /// of a vector, which is no more than a guess at their proportions.
    /// </summary>
    /// <param name="isa">The instruction set.</param>
    /// <returns>The calibration.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="isa"/> is not one of the enumeration.</exception>
    public static Calibration Default(InstructionSetKind isa) => new(BuiltInCalibration.Of(isa));

    /// <summary>
    /// Makes sure that this machine is calibrated: returns the file's calibration if it is valid, else measures, keeps the result in the
    /// file and makes it <see cref="Current"/>; until then plans predict from what <see cref="Current"/> was. Where the file can't be written, the result serves this process alone and
    /// <paramref name="message"/> is told.
    /// </summary>
    /// <param name="force">Measure in any case.</param>
    /// <param name="budget">About how long to measure at most; 12 seconds by default.</param>
    /// <param name="message">Told in single lines what happens; null for nobody.</param>
    /// <returns>The calibration.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is not over zero.</exception>
    public static Calibration Ensure(bool force = false, TimeSpan? budget = null, Action<string>? message = null)
    {
        CheckBudget(budget);
        lock (s_measuring)
        {
            var ensured = new CalibrationStore().Ensure(Isa.InstructionSet.Current, force, budget ?? s_defaultBudget, message);
            lock (s_lock) return s_current = new Calibration(ensured);
        }
    }

    /// <summary>Measures, on one thread of an otherwise idle machine if it is to be right, and keeps nothing.</summary>
    /// <param name="budget">
    /// About how long at most; 12 seconds by default. What there is no time to measure keeps the built-in proportions.
    /// </param>
    /// <param name="message">Told in single lines what is measured; null for nobody.</param>
    /// <returns>A calibration for the instruction set in use.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is not over zero.</exception>
    public static Calibration Measure(TimeSpan? budget = null, Action<string>? message = null)
    {
        CheckBudget(budget);
        return new(Calibrator.Measure(Isa.InstructionSet.Current, budget ?? s_defaultBudget, message));
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote, on this machine or another.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The calibration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The text is not such, or from a version whose kernels are predicted by other figures.
    /// </exception>
    public static Calibration Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return new(CalibrationJson.Read(System.Text.Encoding.UTF8.GetBytes(json), "read from text"));
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException($"expected a calibration in JSON: {e.Message}", nameof(json), e);
        }
    }

    /// <summary>All of it as JSON; numbers keep every bit.</summary>
    /// <returns>The text.</returns>
    public string ToJson() => CalibrationJson.Write(Data);

    /// <summary><see cref="Source"/>.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Source;

    private static void CheckBudget(TimeSpan? budget)
    {
        if (budget is { } given) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(budget));
    }
}
