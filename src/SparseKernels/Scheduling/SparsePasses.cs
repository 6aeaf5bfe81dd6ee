namespace SparseKernels.Scheduling;

/// <summary>
/// THE list of sparse passes: which one serves a pass and pair of operands, or why none does and the dense one runs instead.
/// </summary>
internal static class SparsePasses
{
    /// <summary>The pass, or the reason why the dense kernels serve this shape.</summary>
    public static (ISparseTapPass? Pass, string? WhyDense) Create(TapGeometry geometry, OperandPair pair, ConvolutionOptions options)
    {
        if (geometry.IsLaneWise) return (null, "depthwise: every lane is its own channel, nothing to skip by");
        var (fine, coarse) = (AsSeen(pair.Fine, geometry.IsForward), AsSeen(pair.Coarse, geometry.IsForward));
        return fine switch
        {
            PassOperand.Weights => SparseWeightPass.Create(geometry, coarse, options),
            PassOperand.Data => SparseDataPass.WhyDense(geometry) is { } why ? (null, why) : (new SparseDataPass(geometry, coarse, options), null),
            PassOperand.Result => MaskedResultPass.WhyDense(geometry) is { } why ? (null, why) : (new MaskedResultPass(geometry, options), null),
            _ => (null, $"no kernel skips {fine} with {coarse} yet"),
        };
    }

    /// <summary>The pass, or the reason why the dense kernels serve this shape.</summary>
    public static (ISparseWeightGradientPass? Pass, string? WhyDense) CreateWeightGradient(ConvolutionShape shape, OperandPair pair, ConvolutionOptions options)
    {
        if (shape.IsDepthwise) return (null, "depthwise: every lane is its own channel, nothing to skip by");
        return pair.Fine switch
        {
            Operand.Input or Operand.Output when SparseWeightGradientPass.WhyDense(shape, pair) is { } why => (null, why),
            Operand.Input or Operand.Output => (new SparseWeightGradientPass(shape, pair, options), null),
            _ => (new MaskedWeightGradientPass(shape, pair.Coarse, options), null),
        };
    }

    /// <summary>An operand as a pass sees it.</summary>
    internal static PassOperand AsSeen(Operand operand, bool isForward) => operand switch
    {
        Operand.Weight => PassOperand.Weights,
        Operand.Input => isForward ? PassOperand.Data : PassOperand.Result,
        _ => isForward ? PassOperand.Result : PassOperand.Data,
    };
}
