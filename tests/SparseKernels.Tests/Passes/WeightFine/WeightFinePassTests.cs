using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Lists;
using SparseKernels.Passes.WeightFine;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Passes.WeightFine;

/// <summary>What the shared suite doesn't force: every division of the lanes, and that zeros really are skipped.</summary>
public sealed unsafe class WeightFinePassTests
{
    private static readonly OperandPair s_deadInputs = new(Operand.Weight, Operand.Input);
    private static readonly OperandPair s_deadOutputs = new(Operand.Weight, Operand.Output);

    public static TheoryData<string> Names => [.. Shapes.Keys];

    private static Dictionary<string, ConvolutionShape> Shapes { get; } = new()
    {
        ["one image, 3x3"] = new(1, 17, 14, 14, 33, 3, 3, padding: 1),
        ["one image, long rows"] = new(1, 3, 5, 37, 8, 3, 3, padding: 1),
        ["one image, stride 2"] = new(1, 16, 15, 15, 16, 3, 3, stride: 2, padding: 1),
        ["one image, 1x1, stride 2"] = new(1, 18, 14, 14, 16, 1, 1, stride: 2),
        ["one image, 7x7, stride 2"] = new(1, 3, 20, 20, 8, 7, 7, stride: 2, padding: 3),
        ["one image, dilation 2"] = new(1, 8, 13, 13, 8, 3, 3, padding: 2, dilation: 2),
        ["one image, one pixel"] = new(1, 40, 1, 1, 20, 1, 1),
        ["two images, 7x7 pixels"] = new(2, 16, 7, 7, 16, 3, 3, padding: 1),
        ["five images, 5x5"] = new(5, 6, 9, 9, 10, 5, 5, padding: 2),
        ["ten images, 1x1"] = new(10, 20, 7, 7, 18, 1, 1),
        ["17 images, 3x3"] = new(17, 5, 6, 6, 7, 3, 3, padding: 1),
        ["16 images, stride 3"] = new(16, 5, 10, 10, 7, 3, 3, stride: 3, padding: 1),
        ["33 images, groups"] = new(33, 6, 5, 5, 9, 3, 3, padding: 1, groups: 3),
        ["40 images, linear"] = new(40, 30, 1, 1, 21, 1, 1),
        ["130 images, linear"] = new(130, 12, 1, 1, 9, 1, 1),
        ["64 images, 2x2 pixels, stride 2"] = new(64, 6, 4, 4, 5, 3, 3, stride: 2, padding: 1),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void BothPasses_WholeNumbers_EqualReference(string name)
    {
        var shape = Shapes[name];
        foreach (var layout in (ZeroLayout[])[ZeroLayout.Scattered, ZeroLayout.DeadChannels])
        {
            var data = new SparseConvolutionCase(new ConvolutionCase(shape, 0.7, 0.2, 0.7, Seed: 7), layout, MaskDensity: 0.2).Make();
            var (y, dx) = (data.Dense.ReferenceForward(withBias: true), data.Dense.ReferenceBackwardData());
            Plans.OnEach(shape, (plan, where) =>
            {
                foreach (var pair in (OperandPair[])[s_deadInputs, s_deadOutputs])
                {
                    foreach (var form in TensorForms.All)
                    {
                        var expected = SparseConvolutionData.Masked(y, data.MaskY, pair.Contains(Operand.Output));
                        Expect.Equal(
                            expected, PlanRun.Forward(plan, data.Dense, form, withBias: true, data.Forward(pair, given: false)),
                            $"y, {pair}, {where}");
                        expected = SparseConvolutionData.Masked(dx, data.MaskX, pair.Contains(Operand.Input));
                        Expect.Equal(
                            expected, PlanRun.BackwardData(plan, data.Dense, form, data.BackwardData(pair, given: false)),
                            $"dx, {pair}, {where}");
                    }
                }
            });
        }
    }

    [Fact]
    public void LiveChannels_InfiniteWeightsOfDeadOnes_LeaveNoTrace()
    {
        foreach (var shape in (ConvolutionShape[])[new(16, 8, 14, 14, 8, 3, 3, padding: 1), new(1, 8, 56, 56, 8, 3, 3, padding: 1), new(32, 8, 9, 9, 8, 1, 1)])
        {
            var data = new ConvolutionCase(shape, 1, 0.5, 1, Seed: 3).Integers();
            Span<float> x = data.X, dy = data.Dy;
            for (var image = 0; image < shape.N; image++)
            {
                x.Slice((image * shape.C + 2) * shape.H * shape.W, shape.H * shape.W).Clear();
                dy.Slice((image * shape.K + 5) * shape.P * shape.Q, shape.P * shape.Q).Clear();
            }

            var (y, dx) = (data.ReferenceForward(withBias: true), data.ReferenceBackwardData());
            var taps = shape.R * shape.S;
            var (toX, toDy) = ((float[])data.W.Clone(), (float[])data.W.Clone());
            for (var k = 0; k < shape.K; k++) toX.AsSpan((k * shape.C + 2) * taps, taps).Fill(float.PositiveInfinity);
            toDy.AsSpan(5 * shape.C * taps, shape.C * taps).Fill(float.NaN);
            Plans.OnEach(shape, (plan, where) =>
            {
                Expect.Equal(
                    y, PlanRun.Forward(plan, data with { W = toX }, TensorForm.ChannelBlocked, withBias: true, new(s_deadInputs)), $"y, {where}");
                Expect.Equal(dx, PlanRun.BackwardData(plan, data with { W = toDy }, TensorForm.ChannelBlocked, new(s_deadOutputs)), $"dx, {where}");
            });
        }
    }

    [Fact]
    public void ZeroWeights_InfiniteInputsThatOnlyTheyMeet_LeaveNoTrace()
    {
        var shape = new ConvolutionShape(16, 8, 7, 7, 8, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 1, 0.5, 1, Seed: 3).Integers();
        for (var k = 0; k < shape.K; k++) data.W.AsSpan((k * shape.C + 2) * 9, 9).Clear();
        var y = data.ReferenceForward(withBias: true);
        for (var image = 0; image < shape.N; image++) data.X.AsSpan((image * shape.C + 2) * 49, 49).Fill(float.NaN);
        Plans.OnEach(shape, (plan, where) => Expect.Equal(y, PlanRun.Forward(plan, data, TensorForm.Plain, withBias: true, new(s_deadInputs)), $"y, {where}"));
    }

    [Theory]
    [InlineData(16, 28, 3, 16, 1)]
    [InlineData(64, 14, 3, 16, 1)]
    [InlineData(1, 28, 3, 1, 1)]
    [InlineData(64, 1, 1, 16, 4)]
    public void Lanes_BySize_AreImagesUnlessThoseWouldStayEmpty(int n, int size, int filter, int images, int blocks)
    {
        var geometry = TapGeometry.Forward(new ConvolutionShape(n, 32, size, size, 32, filter, filter, padding: filter / 2));
        foreach (var isa in (InstructionSetKind[])[InstructionSetKind.Avx2, InstructionSetKind.Neon])
        {
            var panel = new WeightFineTiling(geometry, isa, threads: 1).Panel;
            Assert.Equal((images, blocks), (panel.Lanes.Images, panel.ImageBlocks));
        }
    }

    [Fact]
    public void Results_AnyNumberOfThreads_HaveTheSameBits()
    {
        foreach (var name in Shapes.Keys)
        {
            var shape = Shapes[name];
            var data = new ConvolutionCase(shape, 0.8, 0.3, 0.8, Seed: 11).Floats();
            float[][] y = new float[4][], dx = new float[4][];
            for (var threads = 1; threads < 4; threads++)
            {
                using var plan = Plans.Make(shape, InstructionSet.Current, ComputeTopology.FromThreads(threads));
                y[threads] = PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: true, new(s_deadInputs));
                dx[threads] = PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked, new(s_deadOutputs));
                Expect.SameBits(y[1], y[threads], $"y, {name}, {threads} threads");
                Expect.SameBits(dx[1], dx[threads], $"dx, {name}, {threads} threads");
            }
        }
    }

    [Fact]
    public void WantedChannels_GeneratedMasks_AreThoseWithAnyWantedPixelOfTheTile()
    {
        foreach (var (n, image, firstChannel, channels, density) in ((int, int, int, int, double)[])
            [(16, 0, 0, 33, 0.002), (20, 16, 5, 20, 0.05), (3, 0, 16, 16, 0.02), (16, 0, 3, 1, 0), (16, 0, 0, 40, 1)])
        {
            var geometry = TapGeometry.Forward(new ConvolutionShape(n, 4, 9, 11, 40, 3, 3, padding: 1));
            var panel = new SlotPanel(geometry, LaneShape.Batch, imageBlocks: 1, rows: 9);
            var values = RandomTensor.Floats(geometry.Shape.OutputLength, seed: n, density);
            var mask = new FineMask(n, 40, 9, 11);
            mask.Update(values);
            var room = new int[WantedChannels.Length(channels)];
            var found = new bool[channels];
            fixed (int* start = room)
            {
                var tile = new LaneStrips(panel, geometry.Phases[0], image, itemRow: 0, row: 4, first: 2, count: 5);
                var count = WantedOfStrips.Find(mask, tile, pixelStep: 1, firstChannel, channels, start, out var runs);
                for (var i = 0; i < count; i++) found.AsSpan(runs[2 * i], runs[2 * i + 1]).Fill(true);
            }

            for (var k = 0; k < channels; k++)
            {
                var expected = false;
                for (var i = image; i < Math.Min(n, image + 16); i++)
                {
                    for (var w = 2; w < 7; w++) expected |= mask[i, firstChannel + k, 4, w];
                }

                Assert.True(expected == found[k], $"channel {firstChannel + k}, {n} images from {image}, density {density}");
            }
        }
    }
}
