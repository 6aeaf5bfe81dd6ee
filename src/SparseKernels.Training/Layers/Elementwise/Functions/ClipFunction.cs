using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>min(max(x, lowest), highest); the gradient passes strictly between them, as PyTorch's <c>hardtanh</c> has it.</summary>
internal readonly struct ClipFunction(float lowest, float highest) : IActivationFunction
{
    public bool MakesZeros => GatesGradient;

    public bool GatesGradient => lowest == 0 || highest == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Value(Lanes x) => Lanes.Min(Lanes.Broadcast(highest), Lanes.Max(Lanes.Broadcast(lowest), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes Gradient(Lanes x, Lanes g) =>
        g & Lanes.GreaterThan(x, Lanes.Broadcast(lowest)) & Lanes.GreaterThan(Lanes.Broadcast(highest), x);
}
