using System.Diagnostics;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers;

/// <summary>How often each pass of a layer ran, how long it took and what it moved since the last <see cref="Reset"/>.</summary>
public sealed class LayerTiming
{
    private static readonly int s_passes = Enum.GetValues<LayerPass>().Length;

    private readonly long[] _ticks = new long[s_passes];
    private readonly long[] _calls = new long[s_passes];
    private readonly LayerTraffic[] _traffic = new LayerTraffic[s_passes];

    internal LayerTiming(string name) => Name = name;

    /// <summary>The layer's name, or <c>input</c>, <c>loss</c> or <c>optimiser</c> for what a network does beside its layers.</summary>
    public string Name { get; }

    /// <summary>Multiplications of one pass over a whole batch, padding counted as data; 0 for layers other than convolutions.</summary>
    public long MultiplyAdds { get; internal set; }

    /// <summary>Time spent in a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <returns>The sum over all calls.</returns>
    public TimeSpan Elapsed(LayerPass pass) => Stopwatch.GetElapsedTime(0, _ticks[(int)pass]);

    /// <summary>How often a pass ran.</summary>
    /// <param name="pass">The pass.</param>
    /// <returns>Calls, each over one batch.</returns>
    public long Calls(LayerPass pass) => _calls[(int)pass];

    /// <summary>
    /// The rate of a convolution's pass in 10⁹ dense floating-point operations a second: 2 · multiply-adds · calls / time.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <returns>GFLOP/s; 0 if the pass never ran or multiplies nothing.</returns>
    public double Gflops(LayerPass pass)
    {
        var seconds = Elapsed(pass).TotalSeconds;
        return pass is LayerPass.Update or LayerPass.Packing || seconds == 0 ? 0 : 2.0 * MultiplyAdds * Calls(pass) / seconds / 1e9;
    }

    /// <summary>Forgets all times.</summary>
    public void Reset()
    {
        Array.Clear(_ticks);
        Array.Clear(_calls);
        Array.Clear(_traffic);
    }

    /// <summary>What a pass asked memory for, the sum over all calls.</summary>
    internal LayerTraffic Traffic(LayerPass pass) => _traffic[(int)pass];

    /// <summary>Adds what ran: nothing is timed without saying what it moved.</summary>
    internal void Add(LayerPass pass, long start, LayerTraffic traffic)
    {
        _ticks[(int)pass] += Stopwatch.GetTimestamp() - start;
        _calls[(int)pass]++;
        _traffic[(int)pass] += traffic;
    }

    /// <summary>Adds what ran within another pass, which leaves it out of its own time.</summary>
    internal void AddWithin(LayerPass pass, long ticks, LayerTraffic traffic)
    {
        _ticks[(int)pass] += ticks;
        _traffic[(int)pass] += traffic;
    }
}
