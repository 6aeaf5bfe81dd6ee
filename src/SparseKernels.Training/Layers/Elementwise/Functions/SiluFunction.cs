using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>x·s with the sigmoid s; the derivative is s·(1 + x·(1 − s)).</summary>
internal readonly struct SiluFunction : IActivationFunction
{
    public bool MakesZeros => false;

    public bool GatesGradient => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) => x / (Lanes.Broadcast(1) + Lanes.Exp(Lanes.Zero - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g)
    {
        var one = Lanes.Broadcast(1);
        var s = default(SigmoidFunction).Value(x);
        return g * s * Lanes.MultiplyAdd(x, one - s, one);
    }
}
