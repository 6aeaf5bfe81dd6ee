using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>x·min(max(x + 3, 0), 6)/6. Zero below −3 as in x = 0, but there the gradient is a half, so zeros don't shut it.</summary>
internal readonly struct HardSwishFunction : IActivationFunction
{
    public bool MakesZeros => true;

    public bool GatesGradient => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) => x * default(HardSigmoidFunction).Value(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g)
    {
        var three = Lanes.Broadcast(3);
        var between = g * Lanes.MultiplyAdd(x, Lanes.Broadcast(1f / 3), Lanes.Broadcast(0.5f));
        var open = Lanes.GreaterThan(x, Lanes.Zero - three);
        return Lanes.Select(Lanes.GreaterThan(three, x), between, g) & open;
    }
}
