namespace SparseKernels.Scheduling.Choice;

/// <summary>
/// The density that was sampled last, for some calls after it: where many callers run the same network, images are much alike, and looking at each
/// would take a tenth of a small call. Safe to use from several threads.
/// </summary>
internal sealed class RememberedDensity
{
    /// <summary>Calls that one sample serves.</summary>
    private const int Uses = 15;

    /// <summary>Both shares in one word, so that no thread sees halves of two samples.</summary>
    private long _shares;
    private int _left;

    /// <summary>Whether the last sample serves this call too.</summary>
    public bool TryTake(out OperandDensity density)
    {
        var shares = Volatile.Read(ref _shares);
        density = new OperandDensity(BitConverter.Int32BitsToSingle((int)(shares >> 32)), BitConverter.Int32BitsToSingle((int)shares));
        return Interlocked.Decrement(ref _left) >= 0;
    }

    /// <summary>Remembers a sample.</summary>
    public void Keep(OperandDensity density)
    {
        Volatile.Write(
            ref _shares, ((long)BitConverter.SingleToInt32Bits((float)density.Fine) << 32) | (uint)BitConverter.SingleToInt32Bits((float)density.Coarse));
        Volatile.Write(ref _left, Uses);
    }
}
