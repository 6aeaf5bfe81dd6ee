using SparseKernels.Isa;
using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// Weights that come with their pattern, through prunings and growth, give what weights packed from scratch give: every form, both directions,
/// each layout.
/// </summary>
public static class PackedWeightsPatternTests
{
    private static readonly ConvolutionShape s_shape = new(2, 20, 6, 6, 24, 3, 3, padding: 1);

    [Fact]
    public static void Update_PatternThatChanges_GivesWhatFreshlyPackedWeightsGive() =>
        GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 40, c =>
        {
            var data = c.Make();
            using var plan = Plans.Make(c.Shape, InstructionSet.Current);
            foreach (var layout in (BlockedLayout[])[BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked])
            {
                foreach (var pair in (OperandPair?[])[null, .. SparseConvolutionData.Pairs.Select(pair => (OperandPair?)pair)])
                    Train(plan, data, layout, pair);
            }
        });

    [Fact]
    public static void Update_PatternOfLiveZeros_KeepsTheirPlaceForLaterValues()
    {
        var w = RandomTensor.Integers(s_shape.WeightLength, 1, 0.3);
        var pattern = WeightPattern.FromWeights(s_shape, w);
        var zeroed = (float[])w.Clone();
        for (var i = 0; i < w.Length; i += 3) zeroed[i] = 0;
        var data = new ConvolutionCase(s_shape, 0.8, 0.3, 0.8, 3).Integers() with { W = w };
        using var plan = Plans.Make(s_shape, InstructionSet.Current);
        foreach (var layout in (BlockedLayout[])[BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked])
        {
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                using var run = new BlockedRun(plan, data, layout, Everything(pair));
                run.W.Update(zeroed, pattern);
                run.Both();
                run.W.Update(w, pattern);
                var (y, dx) = run.Both();
                Expect.Equal(data.ReferenceForward(withBias: false), y, $"y, {pair}, {layout}");
                Expect.Equal(data.ReferenceBackwardData(), dx, $"dx, {pair}, {layout}");
            }
        }
    }

    [Fact]
    public static void Update_ArgumentsChangedAfterwards_KeepsWhatItWasGiven()
    {
        var data = new ConvolutionCase(s_shape, 0.8, 0.3, 0.8, 3).Integers();
        using var plan = Plans.Make(s_shape, InstructionSet.Current);
        foreach (var pair in SparseConvolutionData.Pairs)
        {
            var (w, pattern) = ((float[])data.W.Clone(), WeightPattern.FromWeights(s_shape, data.W));
            using var run = new BlockedRun(plan, data, BlockedLayout.ChannelBlocked, Everything(pair));
            run.W.Update(w, pattern);
            run.Both();
            run.W.Update(w, pattern);
            w.AsSpan().Fill(7);
            pattern.Become(w);
            var (y, dx) = run.Both();
            Expect.Equal(data.ReferenceForward(withBias: false), y, $"y, {pair}");
            Expect.Equal(data.ReferenceBackwardData(), dx, $"dx, {pair}");
        }
    }

    [Fact]
    public static void Update_LayerOfAUnit_GivesWhatItsWeightsGive()
    {
        var data = new ConvolutionCase(s_shape, 0.8, 1, 0.8, 3).Integers();
        using var plan = Plans.Make(s_shape, InstructionSet.Current);
        var strategy = new ScriptedStrategy { Before = (step, layers) => Prune(step, layers[0]) };
        foreach (var pair in SparseConvolutionData.Pairs)
        {
            var unit = new PruningCase(strategy);
            var layer = unit.Add([s_shape.K, s_shape.C, 3, 3], RandomTensor.Floats(s_shape.WeightLength, seed: 1));
            using BlockedRun kept = new(plan, data, BlockedLayout.BatchBlocked, Everything(pair)), fresh = new(plan, data, BlockedLayout.BatchBlocked, Everything(pair));
            var packed = 0;
            for (var step = 0; step < 8; step++)
            {
                if (step == 6)
                {
                    // Somebody else's change counts once the layer knows of it.
                    for (var i = 0; i < unit.Weights[0].Length; i++) unit.Weights[0][i] *= 2;
                    layer.Touch();
                }
                else
                {
                    RandomTensor.Floats(s_shape.WeightLength, seed: 10 + step).CopyTo(unit.Gradients[0], 0);
                    unit.Unit.Step(new MaskedSgd(), 0.01f);
                }

                packed += layer.Live?.Version == layer.Mask.Version ? 1 : 0;
                kept.W.Update(layer);
                fresh.W.Update(unit.Weights[0]);
                var (y, dx) = kept.Both();
                var (expectedY, expectedDx) = fresh.Both();
                Expect.SameBits(expectedY, y, $"y, step {step}, {pair}");
                Expect.SameBits(expectedDx, dx, $"dx, step {step}, {pair}");
            }

            // It takes a first step to see that lists alone are read and a second to ask; the change behind the unit's back has none.
            if (pair == new OperandPair(Operand.Weight, Operand.Input)) Assert.Equal(5, packed);
        }

        using var run = new BlockedRun(plan, data, BlockedLayout.ChannelBlocked, Everything(null));
        var other = new PruningCase(strategy).Add([4, 4], new float[16]);
        Assert.Throws<ArgumentNullException>("layer", () => run.W.Update((PrunedLayer)null!));
        Assert.Throws<ArgumentException>("layer", () => run.W.Update(other));

        static void Prune(long step, PrunedLayer layer)
        {
            if (step is 1 or 4) layer.PruneBelow(new LayerThresholds(0.3f * step, 0.1f));
        }
    }

    [Fact]
    public static void Update_PatternThatDoesNotFit_IsNamedAndChangesNothing()
    {
        var data = new ConvolutionCase(s_shape, 0.8, 0.3, 0.8, 3).Integers();
        using var plan = Plans.Make(s_shape, InstructionSet.Current);
        using var run = new BlockedRun(plan, data, BlockedLayout.ChannelBlocked, Everything(null));
        run.W.Update(data.W);
        var other = new ConvolutionShape(1, 24, 6, 6, 20, 3, 3);
        Assert.Throws<ArgumentNullException>("pattern", () => run.W.Update(data.W, null!));
        Assert.Throws<ArgumentException>("w", () => run.W.Update(new float[5], WeightPattern.Full(s_shape, CoarseGroup.Default)));
        Assert.Contains("(24, 20, 3, 3)", Assert.Throws<ArgumentException>("pattern", () => run.W.Update(new float[data.W.Length], WeightPattern.Empty(other))).Message);
        Expect.Equal(data.ReferenceForward(withBias: false), run.Both().Y, "y");
    }

    /// <summary>
    /// Prunes, grows, prunes again, then takes weights of nobody's pattern and goes on: after each the results are those of weights packed anew.
    /// </summary>
    private static void Train(ConvolutionPlan plan, SparseConvolutionData data, BlockedLayout layout, OperandPair? pair)
    {
        var (shape, first) = (plan.Shape, data.Dense.W);
        var mask = Array.ConvertAll(first, value => value != 0);
        var pattern = WeightPattern.FromMask(shape, mask);
        using BlockedRun kept = new(plan, data.Dense, layout, Everything(pair, data, shape)), fresh = new(plan, data.Dense, layout, Everything(pair, data, shape));
        for (var step = 0; step < 8; step++)
        {
            var random = new Random(step);
            var grows = step == 4;
            if (step is 2 or 6) mask = Array.ConvertAll(mask, live => live && random.Next(2) == 0);
            if (grows) mask = Array.ConvertAll(mask, live => live || random.Next(5) == 0);
            if (step is 2 or 4 or 6) pattern.Become(WeightPattern.FromMask(shape, mask));

            // Weights that have just grown are zero, and one of the others happens to be.
            var w = Array.ConvertAll(mask, live => live && !(grows && random.Next(2) == 0) ? random.NextSingle() + 1 : 0);
            if (step == 1) w[Array.IndexOf(mask, true) is var i and >= 0 ? i : 0] = 0;
            var isPlain = step == 5;
            if (isPlain) w = RandomTensor.Floats(w.Length, step, density: 0.8);
            if (isPlain) kept.W.Update(w);
            else kept.W.Update(w, pattern);
            if (isPlain) fresh.W.Update(w);
            else fresh.W.Update(w, WeightPattern.FromMask(shape, mask));
            var (y, dx) = kept.Both();
            var (expectedY, expectedDx) = fresh.Both();
            Expect.SameBits(expectedY, y, $"y, step {step}, {pair}, {layout}, {shape}");
            Expect.SameBits(expectedDx, dx, $"dx, step {step}, {pair}, {layout}, {shape}");
            if (step is 1 or 4) continue;

            // Where no live weight is zero, also of weights whose zeros are looked for.
            fresh.W.Update(w);
            (expectedY, expectedDx) = fresh.Both();
            Expect.SameBits(expectedY, y, $"y without pattern, step {step}, {pair}, {layout}, {shape}");
            Expect.SameBits(expectedDx, dx, $"dx without pattern, step {step}, {pair}, {layout}, {shape}");
        }
    }

    private static (SparseOperands Forward, SparseOperands BackwardData) Everything(OperandPair? pair, SparseConvolutionData? data = null, ConvolutionShape? of = null)
    {
        var shape = of ?? s_shape;
        return (
            new SparseOperands(pair) { Output = Mask(shape.N, shape.K, shape.P, shape.Q, data?.MaskY) },
            new SparseOperands(pair) { Input = Mask(shape.N, shape.C, shape.H, shape.W, data?.MaskX) });

        static FineMask Mask(int n, int c, int h, int w, float[]? values)
        {
            var mask = new FineMask(n, c, h, w);
            mask.Update(values ?? [.. Enumerable.Repeat(1f, n * c * h * w)]);
            return mask;
        }
    }

    /// <summary>Forward and BackwardData of one plan with weights that stay.</summary>
    private sealed class BlockedRun : IDisposable
    {
        private readonly ConvolutionPlan _plan;
        private readonly BlockedTensor _x;
        private readonly BlockedTensor _y;
        private readonly BlockedTensor _dx;
        private readonly BlockedTensor _dy;
        private readonly (SparseOperands Forward, SparseOperands BackwardData) _sparse;

        public BlockedRun(ConvolutionPlan plan, ConvolutionData data, BlockedLayout layout, (SparseOperands Forward, SparseOperands BackwardData) sparse)
        {
            (_plan, _sparse, W) = (plan, sparse, plan.CreatePackedWeights());
            (_x, _dx, _y, _dy) = (plan.CreateInput(layout), plan.CreateInput(layout), plan.CreateOutput(layout), plan.CreateOutput(layout));
            _x.CopyFromNchw(data.X);
            _dy.CopyFromNchw(data.Dy);
        }

        public PackedWeights W { get; }

        public (float[] Y, float[] Dx) Both()
        {
            var (y, dx) = (new float[_plan.Shape.OutputLength], new float[_plan.Shape.InputLength]);
            _plan.Forward(_x, W, [], _y, _sparse.Forward);
            _plan.BackwardData(_dy, W, _dx, _sparse.BackwardData);
            _y.CopyToNchw(y);
            _dx.CopyToNchw(dx);
            return (y, dx);
        }

        public void Dispose()
        {
            foreach (var owned in (IDisposable[])[_x, _y, _dx, _dy, W]) owned.Dispose();
        }
    }
}
