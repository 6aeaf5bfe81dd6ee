using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>s = 1/(1 + e⁻ˣ), s′ = s·(1 − s). Where e⁻ˣ overflows, s is 0, as it should be.</summary>
internal readonly struct SigmoidFunction : IActivationFunction
{
    public bool MakesZeros => false;

    public bool GatesGradient => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) => Lanes.Broadcast(1) / (Lanes.Broadcast(1) + Lanes.Exp(Lanes.Zero - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g)
    {
        var s = Value(x);
        return g * s * (Lanes.Broadcast(1) - s);
    }
}
