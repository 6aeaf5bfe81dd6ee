using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>A function of one element and its derivative, on 16 lanes at a time; a struct, so that sweeps have it inlined.</summary>
internal interface IActivationFunction
{
    /// <summary>Whether zeros in y are common enough to be worth counting.</summary>
    bool MakesZeros { get; }

    /// <summary>Whether f′(x) is 0 wherever f(x) is: no gradient goes on where y is zero.</summary>
    bool GatesGradient { get; }

    /// <summary>f(x).</summary>
    Lanes Value(Lanes x);

    /// <summary>g · f′(x).</summary>
    Lanes Gradient(Lanes x, Lanes g);
}
