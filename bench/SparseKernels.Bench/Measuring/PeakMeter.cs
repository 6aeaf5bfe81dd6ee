using SparseKernels.Isa;

namespace SparseKernels.Bench.Measuring;

/// <summary>Measures the FMA peak of so many threads at once, again and again during a run, as clocks and neighbours change.</summary>
internal sealed class PeakMeter(InstructionSetKind isa, int threads)
{
    private readonly List<double> _gflops = [];

    /// <summary>Median of what was measured since the last <see cref="Reset"/>, in GFLOP/s of all threads together.</summary>
    public double Gflops => Statistics.Median(_gflops);

    /// <summary>Forgets earlier measurements.</summary>
    public void Reset() => _gflops.Clear();

    /// <summary>Measures once: every thread starts at the same moment, and their rates add up.</summary>
    public void Measure()
    {
        var rates = new double[threads];
        using var start = new Barrier(threads);
        void Run(int thread)
        {
            start.SignalAndWait();
            rates[thread] = FmaPeak.MeasureGflops(isa);
        }

        var others = Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => Run(thread))).ToArray();
        foreach (var other in others) other.Start();
        Run(0);
        foreach (var other in others) other.Join();
        _gflops.Add(rates.Sum());
    }
}
