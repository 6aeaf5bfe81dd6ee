using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling;

/// <summary>The weights of one call: a plan's packed ones, or the caller's plain ones, to be packed for this call alone.</summary>
internal readonly unsafe struct CallWeights
{
    /// <summary>Runs of weights looked at to estimate their density.</summary>
    private const int SampledRuns = 256;

    private readonly PackedWeights? _packed;
    private readonly float* _plain;

    public CallWeights(PackedWeights packed) => _packed = packed;

    public CallWeights(float* plain) => _plain = plain;

    /// <summary>Their density as a pass sees it.</summary>
    public OperandDensity Density(TapGeometry geometry) => _packed is not null
        ? _packed.Density(geometry.IsForward)
        : DensitySampler.OfWeights(_plain, geometry.Shape, geometry.IsForward, SampledRuns);

    /// <summary>Whether a call has to pack them; asked once a call.</summary>
    public bool NeedPacking(TapGeometry geometry) => _packed is null || _packed.TakeChange(geometry.IsForward);

    public void Run(ITapPass pass, RentalPool<PlainCallWeights> plainForms, in ImageView input, ReadOnlySpan<float> bias, in ImageView output)
    {
        if (_packed is not null)
        {
            pass.Run(in input, pass.Geometry.IsForward ? _packed.Forward : _packed.BackwardData, bias, in output);
            return;
        }

        var rented = plainForms.Rent();
        try
        {
            var form = rented.Of(pass);
            pass.PackWeights(_plain, form);
            pass.Run(in input, form, bias, in output);
        }
        finally
        {
            plainForms.Return(rented);
        }
    }

    public void Run(ISparseTapPass pass, RentalPool<SparseWeightForm> plainForms, in ImageView input, ReadOnlySpan<float> bias, in ImageView output, FineMask? result)
    {
        if (_packed is not null)
        {
            pass.Run(in input, _packed.Of(pass), bias, in output, result);
            return;
        }

        var form = plainForms.Rent();
        try
        {
            form.Pack(_plain);
            pass.Run(in input, form, bias, in output, result);
        }
        finally
        {
            plainForms.Return(form);
        }
    }
}
