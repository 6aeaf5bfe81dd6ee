namespace SparseKernels.Schemas;

/// <summary>Ends of a range.</summary>
[Flags]
internal enum RangeEnds
{
    None = 0,
    Least = 1,
    Most = 2,
    Both = Least | Most,
}
