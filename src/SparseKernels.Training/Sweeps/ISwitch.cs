namespace SparseKernels.Training.Sweeps;

/// <summary>A choice made when a generic loop is compiled, so that the loop has no branch for it.</summary>
internal interface ISwitch
{
    static abstract bool IsOn { get; }
}

internal readonly struct On : ISwitch
{
    public static bool IsOn => true;
}

internal readonly struct Off : ISwitch
{
    public static bool IsOn => false;
}
