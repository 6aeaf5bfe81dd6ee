using System.Runtime.Intrinsics;

namespace SparseKernels.Isa;

/// <summary>
/// The vector operations of one instruction set, as static members so that a kernel written once against this interface
/// compiles to the same code as hand-written intrinsics. Implementations use the BCL's vector types of their width alone, which
/// run in software where the hardware lacks it: so every kernel's results can be tested on every machine.
/// </summary>
/// <typeparam name="TVector">The register type.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats in a vector; divides the block of 16.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(float* destination, TVector value);

    /// <summary>One float in every lane.</summary>
    static abstract TVector Broadcast(float* source);

    static abstract TVector Add(TVector a, TVector b);

    /// <summary><c>a·b + c</c>, rounded once where the hardware does.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary><c>min(max(value, lowest), highest)</c>, lane by lane; a NaN stays one.</summary>
    static abstract TVector Limit(TVector value, TVector lowest, TVector highest);

    /// <summary>The vector's quarters of a block summed to four lanes: its halves added until four are left.</summary>
    static abstract Vector128<float> Fold(TVector a);
}
