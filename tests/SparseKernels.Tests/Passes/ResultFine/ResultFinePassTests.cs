using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.ResultFine;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Passes.ResultFine;

/// <summary>What the suite over all pairs can't see of a pass with a masked result: which products it leaves out.</summary>
[Collection(SoloCollection.Name)]
public sealed class ResultFinePassTests
{
    private static readonly ConvolutionShape s_shape = new(2, 40, 9, 7, 37, 3, 3, padding: 1);
    private static readonly OperandPair s_outputWeight = new(Operand.Output, Operand.Weight);
    private static readonly OperandPair s_outputInput = new(Operand.Output, Operand.Input);
    private static readonly OperandPair s_inputOutput = new(Operand.Input, Operand.Output);

    [Fact]
    public void Run_WithoutAMask_NamesIt()
    {
        using var pass = new ResultFinePass(TapGeometry.Forward(s_shape), new PassMachine(InstructionSet.Current, ComputeTopology.FromThreads(1)));
        using var weights = pass.CreateWeights();
        using BlockedTensor x = new(2, 40, 9, 7), y = new(2, 37, 9, 7);
        Assert.Equal("result", Assert.Throws<ArgumentNullException>(() => pass.Run(ImageView.Of(x), weights, default, ImageView.Of(y), null)).ParamName);
    }

    [Fact]
    public void Forward_InfiniteWeightsOfADeadChannelBlock_DoNotReachTheResult()
    {
        var data = Integers(s_shape);
        ClearChannels(data.X, s_shape, first: 16, last: 32);
        var expected = data.ReferenceForward(withBias: true);
        for (var k = 0; k < s_shape.K; k++) data.W[WeightIndex(k, c: 20, r: 1, s: 2)] = float.PositiveInfinity;

        EachPlan(s_shape, (plan, where) => Expect.Equal(expected, Forward(plan, data, s_outputInput, Full(s_shape)), where));
    }

    [Fact]
    public void Forward_InfiniteInputOfADeadWeightRun_ReachesOtherOutputChannelsAlone()
    {
        var data = Integers(s_shape);
        foreach (var tap in (int[])[0, 1, 2])
        {
            for (var c = 16; c < 32; c++) data.W[WeightIndex(k: 5, c, r: 0, tap)] = -0f;
        }

        var expected = data.ReferenceForward(withBias: true);
        data.X[18 * s_shape.H * s_shape.W + 3 * s_shape.W + 2] = float.NaN;
        EachPlan(s_shape, (plan, where) =>
        {
            // Output row 4 reads input row 3 by filter row 0 alone, output row 3 by row 1.
            var y = Forward(plan, data, s_outputWeight, Full(s_shape));
            Expect.Equal(Row(expected, k: 5, 4), Row(y, k: 5, 4), where);
            Assert.True(float.IsNaN(Row(y, k: 5, 3)[2]), where);
            Assert.True(float.IsNaN(Row(y, k: 6, 4)[2]), where);
        });
    }

    [Fact]
    public void Forward_WeightsOfOneFilterRowAlone_LeavesOutTheOtherRowsOfTheInput()
    {
        var data = Integers(s_shape);
        for (var i = 0; i < data.W.Length; i++)
        {
            if (i / s_shape.S % s_shape.R != 1) data.W[i] = 0;
        }

        var expected = data.ReferenceForward(withBias: true);
        data.X.AsSpan(4 * s_shape.W, s_shape.W).Fill(float.NegativeInfinity);
        EachPlan(s_shape, (plan, where) =>
        {
            var y = Forward(plan, data, s_outputWeight, Full(s_shape));
            for (var i = 0; i < s_shape.P * s_shape.Q; i++)
            {
                var isThere = i / s_shape.Q == 4;
                Assert.True(
                    isThere ? !float.IsFinite(y[i]) : y[i] == expected[i],
                    $"element {i}: {y[i]}, expected {(isThere ? "none finite" : expected[i])}, {where}");
            }
        });
    }

    [Fact]
    public void Forward_NothingWantedInSomeBands_LeavesThemZero()
    {
        var data = Integers(s_shape);
        var wanted = new FineMask(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        for (var w = 0; w < s_shape.Q; w++) wanted[1, 33, s_shape.P - 1, w] = true;
        wanted[0, 2, 0, 3] = true;
        var expected = data.ReferenceForward(withBias: true);
        Mask(expected, wanted);

        EachPlan(s_shape, (plan, where) => Expect.Equal(expected, Forward(plan, data, s_outputWeight, wanted), where));
    }

    [Theory]
    [InlineData("64 to 64, 28x7, 3x3")]
    [InlineData("256 to 256, 14x7, 1x1")]
    [InlineData("64 to 128, 28x14, 3x3, stride 2")]
    [InlineData("valid 5x5 that ends in one pixel, 16 to 120")]
    public void BothPasses_EverythingWanted_EqualDense(string layer)
    {
        var shape = ConvolutionLayers.All[layer];
        var data = Integers(shape);
        EachPlan(shape, (plan, where) =>
        {
            Expect.Equal(PlanRun.Forward(plan, data, TensorForm.Plain, withBias: true), Forward(plan, data, s_outputWeight, Full(shape)), $"y, {where}");
            var wanted = new FineMask(shape.N, shape.C, shape.H, shape.W);
            wanted.Fill(true);
            var dx = PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked, new SparseOperands(s_inputOutput) { Input = wanted });
            Expect.Equal(PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked), dx, $"dx, {where}");
        });
    }

    [Fact]
    public void UpdateValues_WeightsThatWereZero_StayZero()
    {
        var data = new ConvolutionCase(s_shape, 1, 0.5, 1, Seed: 3).Integers();
        var later = RandomTensor.Integers(s_shape.WeightLength, seed: 4);
        var kept = later.Zip(data.W, (value, before) => before == 0 ? 0 : value).ToArray();
        var expected = (data with { W = kept }).ReferenceForward(withBias: false);
        EachPlan(s_shape, (plan, where) =>
        {
            using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput();
            using var w = plan.CreatePackedWeights();
            var sparse = new SparseOperands(s_outputWeight) { Output = Full(s_shape) };
            x.CopyFromNchw(data.X);
            w.Update(data.W);
            plan.Forward(x, w, [], y, sparse);
            w.UpdateValues(later);
            plan.Forward(x, w, [], y, sparse);
            var actual = new float[s_shape.OutputLength];
            y.CopyToNchw(actual);
            Expect.Equal(expected, actual, where);
        });
    }

    [Fact]
    public void Forward_LastChunkShorterAndPartlyDead_EqualsReference()
    {
        // How many blocks a chunk has depends on the machine's caches: take the first channels that no number of chunks divides.
        var shape = Enumerable.Range(0, 64).Select(blocks => new ConvolutionShape(2, 184 + 16 * blocks, 15, 15, 20, 3, 3, padding: 1)).First(candidate =>
        {
            var tiling = new ResultFineTiling(TapGeometry.Forward(candidate), threads: 1);
            return tiling.Chunks * tiling.ChunkBlocks != tiling.InBlocks;
        });
        var data = Integers(shape);
        ClearChannels(data.X, shape, first: 16, last: 32);
        for (var i = 0; i < data.W.Length; i++)
        {
            if (i / shape.C / 9 == 7 && i / 9 % shape.C is >= 160 and < 176 && i / 3 % 3 == 1) data.W[i] = 0;
        }

        var wanted = new FineMask(shape.N, shape.K, shape.P, shape.Q);
        wanted.Update(RandomTensor.Integers(shape.OutputLength, seed: 2, density: 0.4));
        var expected = data.ReferenceForward(withBias: true);
        Mask(expected, wanted);
        EachPlan(shape, (plan, where) => Expect.Equal(expected, Forward(plan, data, s_outputWeight, wanted), where));
    }

    [Fact]
    public void Forward_AnyThreads_SameBits()
    {
        var shape = new ConvolutionShape(3, 130, 12, 11, 70, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 1, 1, 1, Seed: 9).Floats();
        var wanted = new FineMask(shape.N, shape.K, shape.P, shape.Q);
        wanted.Update(RandomTensor.Integers(shape.OutputLength, seed: 2, density: 0.4));
        float[]? first = null;
        foreach (var threads in (int[])[1, 2, 5, 64])
        {
            using var plan = Plans.Make(shape, InstructionSet.Current, ComputeTopology.FromThreads(threads));
            var y = Forward(plan, data, s_outputWeight, wanted);
            first ??= y;
            Expect.SameBits(first, y, $"{threads} threads");
        }
    }

    [Fact]
    public void PlainOperandsBetweenGuardPages_StayInside()
    {
        var data = Integers(s_shape);
        var wanted = new FineMask(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        wanted.Update(RandomTensor.Integers(s_shape.OutputLength, seed: 2, density: 0.4));
        var expected = data.ReferenceForward(withBias: true);
        Mask(expected, wanted);
        foreach (var side in Enum.GetValues<GuardSide>())
        {
            using GuardedBuffer x = new(data.X, side), w = new(data.W, side), bias = new(data.Bias, side), y = new(
                new float[data.Dy.Length], side);
            EachPlan(s_shape, (plan, where) =>
            {
                plan.Forward(x.Span, w.Span, bias.Span, y.Span, new SparseOperands(s_outputWeight) { Output = wanted });
                Expect.Equal(expected, y.Span, $"{where}, guard {side}");
            });
        }
    }

    [Fact]
    public void BothPasses_AfterTheFirstCall_AllocateNothing()
    {
        var data = Integers(s_shape);
        foreach (var threads in (int[])[1, 2])
        {
            using var plan = Plans.Make(s_shape, InstructionSet.Current, ComputeTopology.FromThreads(threads));
            using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput(), dx = plan.CreateInput(), dy = plan.CreateOutput();
            using var w = plan.CreatePackedWeights();
            x.CopyFromNchw(data.X);
            dy.CopyFromNchw(data.Dy);
            var wanted = new FineMask(s_shape.N, s_shape.C, s_shape.H, s_shape.W);
            wanted.Fill(true);
            var forward = new SparseOperands(s_outputWeight) { Output = Full(s_shape) };
            var backward = new SparseOperands(s_inputOutput) { Input = wanted };
            var plainY = new float[s_shape.OutputLength];
            var bytes = Allocations.Least(() =>
            {
                w.Update(data.W);
                plan.Forward(x, w, data.Bias, y, forward);
                plan.BackwardData(dy, w, dx, backward);
                w.UpdateValues(data.W);
                plan.Forward(x, w, data.Bias, y, forward);
                plan.Forward(data.X, data.W, data.Bias, plainY, forward);
            });
            Assert.True(bytes == 0, $"{bytes} bytes in each round, {threads} threads");
        }
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void WhyDense_FewInputChannels_SaysSo(int channels, bool dense)
    {
        var why = ResultFinePass.WhyDense(TapGeometry.Forward(new ConvolutionShape(1, channels, 8, 8, 16, 3, 3)));
        Assert.Equal(dense, why is not null);
        if (dense) Assert.Contains($"{channels} of a group", why);
    }

    private static ConvolutionData Integers(ConvolutionShape shape) => new ConvolutionCase(shape, 1, 1, 1, Seed: 11).Integers();

    private static FineMask Full(ConvolutionShape shape)
    {
        var mask = new FineMask(shape.N, shape.K, shape.P, shape.Q);
        mask.Fill(true);
        return mask;
    }

    private static float[] Forward(ConvolutionPlan plan, ConvolutionData data, OperandPair pair, FineMask wanted) =>
        PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: true, new SparseOperands(pair) { Output = wanted });

    private static void EachPlan(ConvolutionShape shape, Action<ConvolutionPlan, string> action)
    {
        foreach (var isa in InstructionSet.Available)
        {
            using var plan = Plans.Make(shape, isa);
            Assert.Contains("sddmm", plan.Explain());
            action(plan, InstructionSet.NameOf(isa));
        }
    }

    private static void ClearChannels(float[] x, ConvolutionShape shape, int first, int last)
    {
        var plane = shape.H * shape.W;
        for (var n = 0; n < shape.N; n++) x.AsSpan((n * shape.C + first) * plane, (last - first) * plane).Clear();
    }

    private static void Mask(float[] y, FineMask wanted)
    {
        for (var i = 0; i < y.Length; i++)
        {
            var pixel = i / wanted.W;
            if (!wanted[pixel / wanted.H / wanted.C, pixel / wanted.H % wanted.C, pixel % wanted.H, i % wanted.W]) y[i] = 0;
        }
    }

    private static int WeightIndex(int k, int c, int r, int s) => ((k * s_shape.C + c) * s_shape.R + r) * s_shape.S + s;

    private static ReadOnlySpan<float> Row(float[] y, int k, int p) => y.AsSpan((k * s_shape.P + p) * s_shape.Q, s_shape.Q);
}
