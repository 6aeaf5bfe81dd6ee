using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The weights of one call: a plan's packed ones, or the caller's plain ones, to be packed for this call alone.</summary>
internal readonly unsafe struct CallWeights
{
    private readonly PackedForms? _packed;
    private readonly float* _plain;

    public CallWeights(PackedForms packed) => _packed = packed;

    public CallWeights(float* plain) => _plain = plain;

    /// <summary><c>[K, C/Groups, R, S]</c>.</summary>
    public float* Plain => _packed is not null ? _packed.Plain : _plain;

    /// <summary>Whether none is infinite or NaN.</summary>
    public bool AreFinite(ConvolutionShape shape) => _packed?.AreFinite ?? Finiteness.Of(_plain, shape.WeightLength);

    /// <summary>Their density as a pass sees it.</summary>
    public OperandDensity Density(TapGeometry geometry) => _packed is not null
        ? _packed.Density(geometry.IsForward)
        : DensitySampler.OfWeights(_plain, geometry.Shape, geometry.IsForward, SampledBlocks.OfPlainWeights);

    /// <summary>Whether a call has to pack them; asked once a call.</summary>
    public bool NeedPacking(TapGeometry geometry) => _packed is null || _packed.TakeChange(geometry.IsForward);

    public void Run(
        ITapPass pass, RentalPool<PlainCallWeights> plainForms, in ImageView input, TapEpilogue epilogue, in ImageView output)
    {
        if (_packed is not null)
        {
            pass.Run(in input, _packed.Of(pass), epilogue, in output);
            return;
        }

        using var rented = plainForms.Rent();
        var form = rented.Item.Of(pass);
        pass.PackWeights(_plain, form);
        pass.Run(in input, form, epilogue, in output);
    }

    public void Run(
        ISparseTapPass pass, RentalPool<PlainSparseWeights> plainForms, in ImageView input, TapEpilogue epilogue, in ImageView output,
        FineMask? result)
    {
        if (_packed is not null)
        {
            pass.Run(in input, _packed.Of(pass), epilogue, in output, result);
            return;
        }

        using var rented = plainForms.Rent();
        pass.Run(in input, rented.Item.Pack(_plain), epilogue, in output, result);
    }
}
