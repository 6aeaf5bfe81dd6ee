namespace SparseKernels.Pruning;

/// <summary>
/// Random numbers of 64 bits (Steele, Lea and Flood 2014) that follow from three numbers: seed, what they are for, and which time.
/// </summary>
internal struct SplitMix64(ulong seed, ulong stream, ulong index)
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(Mix(Mix(seed + GoldenGamma) ^ (stream + GoldenGamma)) ^ (index + GoldenGamma));

    public ulong Next() => Mix(_state += GoldenGamma);

    /// <summary>A uniform integer from 0 to <paramref name="max"/> − 1; its bias is under max/2⁶⁴.</summary>
    public int NextInt(int max) => (int)Math.BigMul(Next(), (ulong)max, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
