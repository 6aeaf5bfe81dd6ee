using SparseKernels.Memory;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Plans;

/// <summary>What serves a pair of Forward or BackwardData, with weight forms for callers who bring plain weights.</summary>
internal sealed class ServedTap : Served<ISparseTapPass>
{
    public ServedTap(ISparseTapPass? pass, string? whyDense, ConvolutionShape shape)
        : base(pass, whyDense) => PlainForms = new(() => new PlainSparseWeights(Pass!.CreateWeights(), shape));

    public RentalPool<PlainSparseWeights> PlainForms { get; }

    public override void Dispose()
    {
        base.Dispose();
        PlainForms.Dispose();
    }
}
