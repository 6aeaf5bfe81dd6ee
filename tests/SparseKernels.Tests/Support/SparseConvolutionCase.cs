using FsCheck;
using FsCheck.Fluent;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;

namespace SparseKernels.Tests.Support;

/// <summary>How an operand's zeros lie.</summary>
internal enum ZeroLayout
{
    /// <summary>Each element by chance.</summary>
    Scattered,

    /// <summary>Whole channels are zero, the rest scattered.</summary>
    DeadChannels,

    /// <summary>Every second run of 16 elements is zero.</summary>
    AlternatingRuns,

    /// <summary>One element is left.</summary>
    SingleSurvivor,
}

/// <summary>A convolution case whose zeros lie in a given way, with masks for the results.</summary>
internal sealed record SparseConvolutionCase(ConvolutionCase Dense, ZeroLayout Layout, double MaskDensity)
{
    public static Arbitrary<SparseConvolutionCase> Arbitrary() => Arb.From(
        from dense in ConvolutionCase.Arbitrary().Generator
        from layout in Gen.Elements(Enum.GetValues<ZeroLayout>())
        from density in Gen.Elements(0, 0.1, 0.5, 0.9, 1)
        select new SparseConvolutionCase(dense, layout, density),
        old => ConvolutionCase.Arbitrary().Shrinker(old.Dense).Select(dense => old with { Dense = dense }));

    public ConvolutionShape Shape => Dense.Shape;

    /// <summary>Operands and expected results of every pass; whole numbers.</summary>
    public SparseConvolutionData Make()
    {
        var data = Dense.Integers();
        var (s, seed) = (Shape, Dense.Seed);
        Clear(data.X, s.H * s.W);
        Clear(data.W, s.GroupC * s.R * s.S);
        Clear(data.Dy, s.P * s.Q);
        var x = RandomTensor.Integers(s.InputLength, seed + 4, MaskDensity);
        var w = RandomTensor.Integers(s.WeightLength, seed + 5, MaskDensity);
        var y = RandomTensor.Integers(s.OutputLength, seed + 6, MaskDensity);
        Clear(x, s.H * s.W);
        Clear(w, s.GroupC * s.R * s.S);
        Clear(y, s.P * s.Q);
        return new SparseConvolutionData(data, x, w, y);
    }

    /// <summary>Clears what the layout wants zero; a channel has <paramref name="plane"/> elements.</summary>
    private void Clear(float[] values, int plane)
    {
        switch (Layout)
        {
            case ZeroLayout.DeadChannels:
                for (var channel = 0; channel < values.Length / plane; channel += 2) values.AsSpan(channel * plane, plane).Clear();
                break;
            case ZeroLayout.AlternatingRuns:
                for (var i = 0; i < values.Length; i += 32) values.AsSpan(i, Math.Min(16, values.Length - i)).Clear();
                break;
            case ZeroLayout.SingleSurvivor:
                values.AsSpan().Clear();
                values[Dense.Seed % values.Length] = 3;
                break;
            default:
                break;
        }
    }
}

/// <summary>Operands with zeros, masks for each tensor (non-zero where wanted), and what the reference makes of them.</summary>
internal sealed record SparseConvolutionData(ConvolutionData Dense, float[] MaskX, float[] MaskW, float[] MaskY)
{
    public static IEnumerable<OperandPair> Pairs =>
        from fine in Enum.GetValues<Operand>()
        from coarse in Enum.GetValues<Operand>()
        where fine != coarse
        select new OperandPair(fine, coarse);

    private ConvolutionShape Shape => Dense.Shape;

    /// <summary>The patterns that Forward takes with a pair: its result's mask if the pair needs it, the input's own on demand.</summary>
    public SparseOperands Forward(OperandPair pair, bool given) => new(pair)
    {
        Input = given ? Mask(Shape.C, Shape.H, Shape.W, Dense.X) : null,
        Output = pair.Contains(Operand.Output) ? Mask(Shape.K, Shape.P, Shape.Q, MaskY) : null,
    };

    public SparseOperands BackwardData(OperandPair pair, bool given) => new(pair)
    {
        Input = pair.Contains(Operand.Input) ? Mask(Shape.C, Shape.H, Shape.W, MaskX) : null,
        Output = given ? Mask(Shape.K, Shape.P, Shape.Q, Dense.Dy) : null,
    };

    public SparseOperands BackwardWeights(OperandPair pair, bool given) => new(pair)
    {
        Input = given ? Mask(Shape.C, Shape.H, Shape.W, Dense.X) : null,
        Output = given ? Mask(Shape.K, Shape.P, Shape.Q, Dense.Dy) : null,
        Weight = pair.Contains(Operand.Weight) ? WeightPattern.FromWeights(Shape, MaskW) : null,
    };

    /// <summary>
    /// Runs every pass with a pair, or dense, and hands each result on, with the mask outside which it must be zero or null for none.
    /// </summary>
    public void RunEveryPass(ConvolutionPlan plan, OperandPair? pair, TensorForm form, Action<ConvolutionPass, float[], float[]?> check)
    {
        check(
            ConvolutionPass.Forward, PlanRun.Forward(plan, Dense, form, withBias: true, pair is { } a ? Forward(a, form != TensorForm.Plain) : null),
            pair?.Contains(Operand.Output) == true ? MaskY : null);
        check(
            ConvolutionPass.BackwardData, PlanRun.BackwardData(plan, Dense, form, pair is { } b ? BackwardData(b, form != TensorForm.Plain) : null),
            pair?.Contains(Operand.Input) == true ? MaskX : null);
        check(
            ConvolutionPass.BackwardWeights,
            PlanRun.BackwardWeights(plan, Dense, form, withBias: false, pair is { } c ? BackwardWeights(c, form != TensorForm.Plain) : null).Dw,
            pair?.Contains(Operand.Weight) == true ? MaskW : null);
    }

    /// <summary>Zero where the mask is, if the pair has the result.</summary>
    public static float[] Masked(float[] result, float[] mask, bool masked) =>
        masked ? [.. result.Zip(mask, (value, wanted) => wanted != 0 ? value : 0)] : result;

    private FineMask Mask(int c, int h, int w, float[] values)
    {
        var mask = new FineMask(Shape.N, c, h, w);
        mask.Update(values);
        return mask;
    }
}
