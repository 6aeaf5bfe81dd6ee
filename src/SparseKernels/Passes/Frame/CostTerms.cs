using SparseKernels.Geometry;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.Frame;

/// <summary>
/// What the time of a driver's calls is made of for one shape and number of threads: <c>seconds = Σ coefficient · term</c>. Terms count
/// what the driver does (multiply-adds, ends of lists, floats packed …) with its own block sizes and padding; none falls when a density
/// rises, and coefficients are not negative, so that fewer non-zeros never predict a longer call.
/// </summary>
/// <remarks>The last term is 1: the fixed cost of a call, which no thread shares.</remarks>
internal abstract class CostTerms(int items, int threads)
{
    /// <summary>Terms of a driver at most.</summary>
    public const int Most = 16;

    /// <summary>Multiply-adds in flight that hide their latency.</summary>
    protected const int LatencyVectors = 8;

    /// <summary>What entering a call takes at least: no prediction is shorter.</summary>
    private const double Entering = 1e-7;

    /// <summary>The threads that find work, less those that idle in the last round of items.</summary>
    private readonly double _busyThreads = BusyThreads(items, threads);

    /// <summary>
    /// Ways between which the driver chooses by the densities. Each one's terms rise with every density; the prediction is the least of
    /// them, as the driver's own thresholds are there to take it.
    /// </summary>
    public virtual int Ways => 1;

    /// <summary>The way that the driver takes by its own thresholds.</summary>
    public virtual int WayOf(in PassWork work) => 0;

    /// <summary>Fills in the terms of a way.</summary>
    public abstract void Fill(in PassWork work, int way, Span<double> terms);

    /// <summary>The predicted time of a call.</summary>
    /// <param name="coefficients">One for each term.</param>
    /// <param name="work">The densities.</param>
    public double Seconds(ReadOnlySpan<double> coefficients, in PassWork work)
    {
        Span<double> terms = stackalloc double[Most];
        var least = double.PositiveInfinity;
        for (var way = 0; way < Ways; way++)
        {
            Fill(in work, way, terms);
            var shared = 0.0;
            var last = coefficients.Length - 1;
            for (var i = 0; i < last; i++) shared += coefficients[i] * terms[i];
            least = Math.Min(least, shared / _busyThreads + coefficients[last]);
        }

        return Entering + least;
    }

    /// <summary>The share of runs of so many elements that hold a non-zero, if zeros fall anywhere alike.</summary>
    protected static double Live(double density, double elements) =>
        density >= 1 ? 1 : density <= 0 ? 0 : 1 - Math.Pow(1 - density, elements);

    protected static double PackingOf(in PassWork work) => work.PacksWeights ? 1 : 0;

    protected static double ClearingOf(in PassWork work) => work.ClearsResult ? 1 : 0;

    /// <summary>Elements of x and y that L2 can't hold between one layer and the next.</summary>
    protected static double Far(ConvolutionShape shape) =>
        Math.Max(0, (double)shape.InputLength + shape.OutputLength - MachineTopology.L2Bytes / (double)sizeof(float));

    /// <summary>Output pixels of a phase for which a tap's input pixel is none of the padding.</summary>
    protected static double Met(TapGeometry g, TapPhase phase, Tap tap) =>
        (double)Inside(phase.Rows, g.InStepH, tap.Dh, g.InH) * Inside(phase.Columns, g.InStepW, tap.Dw, g.InW);

    /// <summary>
    /// Cuts rows into a kernel's tiles: how many, and their rows where one with too few to hide the latency counts as enough.
    /// </summary>
    protected static (double Tiles, double Steps) Tiles(int rows, int vectors)
    {
        var least = Ceiling(LatencyVectors, vectors);
        var (tiles, steps) = (0, 0);
        for (var left = rows; left > 0; tiles++)
        {
            var next = KernelTable.NextRows(left);
            steps += Math.Max(next, least);
            left -= next;
        }

        return (tiles, steps);
    }

    private static double BusyThreads(int items, int threads)
    {
        var rounds = Ceiling(Math.Max(items, 1), threads);
        return (double)Math.Max(items, 1) / rounds;
    }

    private static int Inside(int outputs, int step, int distance, int size)
    {
        var first = distance >= 0 ? 0 : Ceiling(-distance, step);
        var last = distance >= size ? 0 : Ceiling(size - distance, step);
        return Math.Max(0, Math.Min(outputs, last) - first);
    }
}
