using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>min(max(x + 3, 0), 6)/6; the gradient, 1/6, passes strictly between −3 and 3.</summary>
internal readonly struct HardSigmoidFunction : IActivationFunction
{
    public bool MakesZeros => true;

    public bool GatesGradient => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) =>
        Lanes.Min(Lanes.Broadcast(6), Lanes.Max(Lanes.Zero, x + Lanes.Broadcast(3))) * Lanes.Broadcast(1f / 6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g)
    {
        var shifted = x + Lanes.Broadcast(3);
        return g * Lanes.Broadcast(1f / 6) & Lanes.GreaterThan(shifted, Lanes.Zero) & Lanes.GreaterThan(Lanes.Broadcast(6), shifted);
    }
}
