using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>x where it is over 0, else slope · x.</summary>
internal readonly struct LeakyReluFunction(float slope) : IActivationFunction
{
    public bool MakesZeros => slope == 0;

    public bool GatesGradient => slope == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) => Gradient(x, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g) => Lanes.Select(Lanes.GreaterThan(x, Lanes.Zero), g, g * Lanes.Broadcast(slope));
}
