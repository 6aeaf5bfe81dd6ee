using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>
/// For each channel of a chunk and a phase: its taps as (offset from the pixel's input, length), neighbours in a filter row as one.
/// </summary>
internal sealed unsafe class BatchRuns : IDisposable
{
    private const int Block = LaneBlock.Size;

    private readonly IntBuffer _runs;

    /// <param name="places">Where inputs lie.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="channels">Channels of a chunk at most.</param>
    public BatchRuns(IInputPlaces places, TapPhase phase, int channels)
    {
        var runs = new List<(int Offset, int Length)>();
        for (var c = 0; c < channels; c++)
        {
            var first = runs.Count;
            foreach (var tap in phase.Taps)
            {
                var offset = checked(c * places.ChannelStep + places.Offset(tap));
                if (runs.Count > first && runs[^1].Offset + runs[^1].Length == offset)
                    runs[^1] = runs[^1] with { Length = runs[^1].Length + Block };
                else runs.Add((offset, Block));
            }
        }

        _runs = new IntBuffer(2L * runs.Count);
        PerChannel = runs.Count / channels;
        for (var i = 0; i < runs.Count; i++) (_runs.Pointer[2 * i], _runs.Pointer[2 * i + 1]) = runs[i];
    }

    /// <summary>The pairs.</summary>
    public int* Pointer => _runs.Pointer;

    /// <summary>Runs of each channel.</summary>
    public int PerChannel { get; }

    public void Dispose() => _runs.Dispose();
}
