namespace SparseKernels.Pruning;

/// <summary>Runs by their signature: chained lists, in which runs come in the order of their numbers.</summary>
internal sealed class SignatureTable(int runs)
{
    private const int None = -1;
    private const uint GoldenRatio = 0x9E3779B1;

    private readonly int[] _heads = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * runs))];
    private readonly int[] _tails = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * runs))];
    private readonly int[] _next = new int[runs];
    private readonly uint[] _probes = new uint[runs * RunSignature.ProbeCount];
    private readonly int[] _counts = new int[runs];

    /// <summary>Runs in it.</summary>
    public int Count { get; private set; }

    public void Clear()
    {
        Array.Fill(_heads, None);
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>Adds a run; each comes once, and after those of lower numbers.</summary>
    public void Add(int run, ReadOnlySpan<float> weights)
    {
        _counts[run] = RunSignature.Probes(weights, _probes.AsSpan(run * RunSignature.ProbeCount, RunSignature.ProbeCount));
        if (_counts[run] == 0) return;
        Count++;
        var slot = SlotOf(_probes[run * RunSignature.ProbeCount]);
        if (_heads[slot] == None) _heads[slot] = run;
        else _next[_tails[slot]] = run;
        (_tails[slot], _next[run]) = (run, None);
    }

    /// <summary>The next run after one, or the first after −1; −1 if there is none.</summary>
    public int Next(int run)
    {
        do run++;
        while (run < _counts.Length && _counts[run] == 0);
        return run < _counts.Length ? run : None;
    }

    /// <summary>The first run whose signature is a run's probe; −1 if there is none.</summary>
    public int Find(int run, int probe)
    {
        if (probe >= _counts[run]) return None;
        var key = _probes[run * RunSignature.ProbeCount + probe];
        return Same(_heads[SlotOf(key)], key);
    }

    /// <summary>The next after one that was found.</summary>
    public int FindNext(int found, int run, int probe) => Same(_next[found], _probes[run * RunSignature.ProbeCount + probe]);

    private int Same(int run, uint key)
    {
        while (run != None && _probes[run * RunSignature.ProbeCount] != key) run = _next[run];
        return run;
    }

    private int SlotOf(uint key) => (int)((key * GoldenRatio) >> (32 - System.Numerics.BitOperations.Log2((uint)_heads.Length)));
}
