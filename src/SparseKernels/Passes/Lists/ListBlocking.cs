using SparseKernels.Threading;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// Into how many blocks of input channels lists of weights fall. A block is as many channels as have their share of a tile's pixels in L1
/// while all output channels pass, or more where lists would have too few entries to pay for their ends, up to what L2 holds. It follows
/// from the density found, so it is the same for every number of threads.
/// </summary>
/// <param name="TileBytes">Bytes of one channel that a tile of pixels reads.</param>
/// <param name="EnoughEntries">Entries that pay for a mispredicted end of a list.</param>
internal readonly record struct ListBlocking(int TileBytes, double EnoughEntries)
{
    /// <summary>
    /// Channels of a block at least, however wide a tile reads: shorter lists would load and store sums more than they add.
    /// </summary>
    public const int FewestChannels = 8;

    /// <summary>Blocks of input channels into which lists of so dense weights fall.</summary>
    public int BlocksOf(int channels, int taps, double density)
    {
        var fewest = Math.Clamp(MachineTopology.L1Bytes * 5 / 8 / TileBytes, Math.Min(FewestChannels, channels), channels);
        var most = Math.Max(fewest, MachineTopology.L2Bytes / 2 / TileBytes);
        return (int)Math.Ceiling(channels / Math.Clamp(Math.Min(EnoughEntries / (density * taps), most), fewest, channels));
    }
}
