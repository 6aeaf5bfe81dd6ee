namespace SparseKernels.Kernels;

/// <summary>What a kernel limits its sums to before it stores them; by default nothing.</summary>
internal struct SumLimits
{
    /// <summary>Whether there are any.</summary>
    public bool Are;

    public float Lowest;

    public float Highest;

    /// <summary>A number within them.</summary>
    public readonly float Within(float value) => Are ? Math.Clamp(value, Lowest, Highest) : value;
}
