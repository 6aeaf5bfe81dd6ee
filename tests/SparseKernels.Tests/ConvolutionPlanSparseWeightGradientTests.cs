using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>What BackwardWeights skips must really be skipped: an infinity there must not reach dw.</summary>
public sealed class ConvolutionPlanSparseWeightGradientTests
{
    /// <summary>Channels of which the first half shares no panel with the last one, on any instruction set.</summary>
    private const int ManyChannels = 512;

    public static TheoryData<Operand, Operand> Pairs { get; } = [.. SparseConvolutionData.Pairs.Select(pair => (pair.Fine, pair.Coarse))];

    [Theory]
    [InlineData(Operand.Input)]
    [InlineData(Operand.Output)]
    public void FineZeros_AgainstInfinities_AreDropped(Operand fine)
    {
        var shape = new ConvolutionShape(3, 24, 9, 7, 40, 3, 3, padding: 1);
        Plans.OnEach(shape, (plan, where) =>
        {
            var data = new ConvolutionCase(shape, 1, 1, 1, Seed: 11).Integers();
            var (listed, other, listedChannels, otherChannels) = fine == Operand.Input
                ? (data.X, data.Dy, shape.C, shape.K)
                : (data.Dy, data.X, shape.K, shape.C);
            var plane = shape.H * shape.W;

            // Image 1 keeps its first pixel alone, and has infinities at its last one, where no tap reaches from there.
            for (var c = 0; c < listedChannels; c++) listed.AsSpan((listedChannels + c) * plane + 1, plane - 1).Clear();
            var expected = data.ReferenceBackwardWeights().Dw;
            for (var c = 1; c <= otherChannels; c++) other[(otherChannels + c) * plane - 1] = float.PositiveInfinity;
            var pair = new OperandPair(fine, fine == Operand.Input ? Operand.Output : Operand.Input);
            var actual = PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false, new SparseOperands(pair)).Dw;
            Expect.Equal(expected, actual, $"{pair}, {where}");
        });
    }

    [Theory]
    [InlineData(Operand.Input, Operand.Output)]
    [InlineData(Operand.Output, Operand.Input)]
    public void DeadLanes_AgainstInfinities_AreDropped(Operand fine, Operand coarse)
    {
        var shape = fine == Operand.Input
            ? new ConvolutionShape(1, 3, 2, 3, ManyChannels, 3, 3, padding: 1)
            : new ConvolutionShape(1, ManyChannels, 2, 3, 3, 3, 3, padding: 1);
        Plans.OnEach(shape, (plan, where) =>
        {
            var data = new ConvolutionCase(shape, 1, 1, 1, Seed: 3).Integers();
            var (listed, vectors) = fine == Operand.Input ? (data.X, data.Dy) : (data.Dy, data.X);
            var plane = vectors.Length / ManyChannels;
            vectors.AsSpan(0, vectors.Length - plane).Clear();
            listed[5] = float.PositiveInfinity;
            var dw = PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false, new SparseOperands(new OperandPair(fine, coarse))).Dw;
            for (var lane = 0; lane < ManyChannels / 2; lane++)
            {
                for (var row = 0; row < 3; row++)
                {
                    var first = (fine == Operand.Input ? lane * 3 + row : row * ManyChannels + lane) * 9;
                    for (var tap = 0; tap < 9; tap++)
                        Assert.True(
                            dw[first + tap] == 0, $"dead lane {lane}, row {row}, tap {tap}: expected 0, got {dw[first + tap]}, {where}");
                }
            }

            Assert.Contains(dw, value => !float.IsFinite(value));
        });
    }

    [Theory]
    [InlineData(Operand.Input, 1)]
    [InlineData(Operand.Output, 1)]
    [InlineData(Operand.Input, 3)]
    [InlineData(Operand.Output, 3)]
    [InlineData(Operand.Input, 17)]
    [InlineData(Operand.Output, 17)]
    public void WantedWeightsOfDeadChannels_AgainstInfinities_AreZero(Operand coarse, int batch)
    {
        var shape = new ConvolutionShape(batch, 12, 5, 5, 8, 3, 3, padding: 1);
        Plans.OnEach(shape, (plan, where) =>
        {
            var data = new ConvolutionCase(shape, 1, 1, 1, Seed: 3).Integers();
            var (dying, other, channels) = coarse == Operand.Input ? (data.X, data.Dy, shape.C) : (data.Dy, data.X, shape.K);
            var plane = shape.H * shape.W;
            for (var i = 0; i < batch * channels; i++)
            {
                if (i % channels % 3 == 1) dying.AsSpan(i * plane, plane).Clear();
            }

            var mask = RandomTensor.Integers(shape.WeightLength, seed: 6, density: 0.6);
            var expected = SparseConvolutionData.Masked(data.ReferenceBackwardWeights().Dw, mask, masked: true);
            other[12] = float.PositiveInfinity;
            var sparse = new SparseOperands(new OperandPair(Operand.Weight, coarse)) { Weight = WeightPattern.FromWeights(shape, mask) };
            foreach (var form in (TensorForm[])[TensorForm.ChannelBlocked, TensorForm.BatchBlocked])
            {
                var dw = PlanRun.BackwardWeights(plan, data, form, withBias: false, sparse).Dw;
                var filter = shape.R * shape.S;
                for (var i = 0; i < dw.Length; i++)
                {
                    var channel = coarse == Operand.Input ? i / filter % shape.C : i / filter / shape.C;
                    if (channel % 3 == 1 || mask[i] == 0) Assert.True(dw[i] == 0, $"weight {i}: expected 0, got {dw[i]}, {form}, {where}");
                    else if (float.IsFinite(dw[i])) Assert.Equal(expected[i], dw[i]);
                }

                Assert.Contains(dw, value => !float.IsFinite(value));
            }
        });
    }

    /// <summary>Lists of weights for which L1 has no room, beside channels that want none.</summary>
    [Theory]
    [InlineData(Operand.Input, 1)]
    [InlineData(Operand.Output, 1)]
    [InlineData(Operand.Input, 2)]
    [InlineData(Operand.Output, 2)]
    public void Pattern_OfTwoOutputChannels_GivesTheirGradientsAlone(Operand coarse, int stride)
    {
        var shape = new ConvolutionShape(17, 40, 5, 7, 9, 3, 3, stride: new Size2D(stride, stride), padding: 1);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 7).Integers();
        var mask = new float[shape.WeightLength];
        foreach (var k in (int[])[3, 8]) mask.AsSpan(k * shape.C * 9, shape.C * 9).Fill(1);
        var expected = SparseConvolutionData.Masked(data.ReferenceBackwardWeights().Dw, mask, masked: true);
        var sparse = new SparseOperands(new OperandPair(Operand.Weight, coarse)) { Weight = WeightPattern.FromWeights(shape, mask) };
        Plans.OnEach(shape, (plan, where) =>
        {
            foreach (var form in Enum.GetValues<TensorForm>())
                Expect.Equal(expected, PlanRun.BackwardWeights(plan, data, form, withBias: false, sparse).Dw, $"{form}, {where}");
        });
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pattern_OfOneWeight_GivesThatGradientAlone(Operand fine, Operand coarse)
    {
        var shape = new ConvolutionShape(5, 24, 6, 9, 40, 3, 3, stride: new Size2D(1, 2), padding: 1, groups: 2);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 5).Integers();
        var reference = data.ReferenceBackwardWeights().Dw;
        Plans.OnEach(shape, (plan, where) =>
        {
            foreach (var index in (int[])[0, 777, shape.WeightLength - 1])
            {
                var mask = new bool[shape.WeightLength];
                mask[index] = true;
                Check(plan, data, fine, coarse, mask, reference, where);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pattern_ThatChangesBetweenCalls_IsTakenAnew(Operand fine, Operand coarse)
    {
        var shape = new ConvolutionShape(4, 48, 5, 5, 80, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 9).Integers();
        var reference = data.ReferenceBackwardWeights().Dw;
        using var plan = new ConvolutionPlan(shape);
        foreach (var density in (double[])[0.02, 1, 0.3, 0, 0.9])
            Check(
                plan, data, fine, coarse, [.. RandomTensor.Integers(shape.WeightLength, seed: 3, density).Select(value => value != 0)],
                reference, $"density {density}");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pattern_ChangedBetweenCalls_GivesTheGradientsOfItsPresentMask(Operand fine, Operand coarse)
    {
        var pair = new OperandPair(fine, coarse);
        if (!pair.Contains(Operand.Weight)) return;
        var shape = new ConvolutionShape(4, 48, 5, 5, 80, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 9).Integers();
        var reference = data.ReferenceBackwardWeights().Dw;
        using var plan = new ConvolutionPlan(shape);
        var pattern = WeightPattern.FromWeights(shape, RandomTensor.Integers(shape.WeightLength, seed: 3, density: 0.6));
        var sparse = new SparseOperands(pair) { Weight = pattern };
        var full = pattern.Words.ToArray();
        ulong[][] words = [new ulong[full.Length], [.. full.Select((word, i) => i % 3 == 0 ? 0 : word)], full, new ulong[full.Length]];
        for (var round = 0; round < words.Length; round++)
        {
            words[round].CopyTo(pattern.Words);
            pattern.Touch();
            var expected = reference.Select((value, i) => pattern[i] ? value : 0).ToArray();
            Expect.Equal(
                expected, PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false, sparse).Dw, $"{pair}, round {round}");
        }
    }

    /// <summary>Whole groups of 16 output channels unwanted: rows that are live in one block of a panel, in both, or in none.</summary>
    [Theory]
    [InlineData(Operand.Input)]
    [InlineData(Operand.Output)]
    public void Pattern_OfCoarseGroups_GivesThoseGradients(Operand fine)
    {
        var shape = new ConvolutionShape(2, 40, 6, 6, 104, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 21).Integers();
        var reference = data.ReferenceBackwardWeights().Dw;
        var random = new Random(4);
        var mask = new bool[shape.WeightLength];
        for (var block = 0; block < shape.K; block += BlockedTensor.Block)
        {
            for (var row = 0; row < shape.C * shape.R; row++)
            {
                if (random.Next(2) == 0) continue;
                for (var k = block; k < Math.Min(block + BlockedTensor.Block, shape.K); k++)
                    mask.AsSpan((k * shape.C * shape.R + row) * shape.S, shape.S).Fill(true);
            }
        }

        foreach (var isa in Enum.GetValues<InstructionSetKind>())
        {
            using var plan = Plans.Make(shape, isa);
            Check(plan, data, fine, Operand.Weight, mask, reference, InstructionSet.NameOf(isa));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void AnyTopology_GivesTheBitsOfOneThread(Operand fine, Operand coarse)
    {
        var shape = new ConvolutionShape(17, 40, 9, 9, 72, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.5, 1, 0.5, Seed: 2).Floats();
        var pattern = WeightPattern.FromWeights(shape, RandomTensor.Floats(shape.WeightLength, seed: 8, density: 0.4));
        var pair = new OperandPair(fine, coarse);
        var sparse = new SparseOperands(pair) { Weight = pair.Contains(Operand.Weight) ? pattern : null };
        float[]? expected = null;
        foreach (var topology in (ComputeTopology[])[new(1, 1), new(1, 2), new(2, 1), new(1, 3)])
        {
            using var plan = Plans.Make(shape, InstructionSet.Current, topology);
            var dw = PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false, sparse).Dw;
            Expect.SameBits(expected ??= dw, dw, $"{pair}, {topology}");
        }
    }

    private static void Check(
        ConvolutionPlan plan, ConvolutionData data, Operand fine, Operand coarse, bool[] mask, float[] reference, string where)
    {
        var pair = new OperandPair(fine, coarse);
        var expected = reference.Zip(mask, (value, wanted) => !pair.Contains(Operand.Weight) || wanted ? value : 0).ToArray();
        var sparse = new SparseOperands(pair) { Weight = pair.Contains(Operand.Weight) ? WeightPattern.FromMask(plan.Shape, mask) : null };
        foreach (var form in TensorForms.All)
            Expect.Equal(
                expected, PlanRun.BackwardWeights(plan, data, form, withBias: false, sparse).Dw,
                $"{pair}, {form}, {where}");
    }
}
