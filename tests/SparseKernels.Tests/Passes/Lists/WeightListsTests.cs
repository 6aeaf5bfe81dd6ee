using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Packing;
using SparseKernels.Passes.Lists;
using SparseKernels.Passes.WeightFine;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Passes.Lists;

/// <summary>The lists hold every non-zero weight that the pass multiplies by, once, at its place, and nothing else.</summary>
public sealed unsafe class WeightListsTests
{
    private static readonly ConvolutionShape s_shape = new(2, 20, 6, 6, 24, 3, 3, padding: 1);

    [Fact]
    public void Pack_GeneratedWeights_ReadsBackAsTheyWere() =>
        GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 60, c =>
        {
            if (c.Shape.IsDepthwise) return;
            var w = c.Make().Dense.W;
            foreach (var geometry in Geometries(c.Shape))
            {
                using var lists = Lists(geometry, w);
                Expect.SameBits(
                    Multiplied(geometry, w), Unpack(geometry, lists), $"w, {c.Shape}, {(geometry.IsForward ? "Forward" : "BackwardData")}");
            }
        });

    [Fact]
    public void Pack_AllZero_LeavesNoEntry()
    {
        foreach (var geometry in Geometries(s_shape))
        {
            using var lists = Lists(geometry, new float[s_shape.WeightLength]);
            Assert.Equal(0, lists.Entries);
            Assert.All(new Span<int>(lists.Starts, lists.ListsOfGroup + 1).ToArray(), start => Assert.Equal(0, start));
        }
    }

    [Fact]
    public void Pack_NaNAndMinusZero_KeepsTheOneAndDropsTheOther()
    {
        var w = new float[s_shape.WeightLength];
        w.AsSpan().Fill(-0f);
        w[^1] = float.NaN;
        foreach (var geometry in Geometries(s_shape))
        {
            using var lists = Lists(geometry, w);
            Assert.Equal(1, lists.Entries);
            Assert.True(float.IsNaN(lists.Values[0]));
        }
    }

    [Fact]
    public void Pack_SecondTime_ForgetsTheFirst()
    {
        var (many, few) = (RandomTensor.Floats(s_shape.WeightLength, 1, 0.9), RandomTensor.Floats(s_shape.WeightLength, 2, 0.05));
        foreach (var geometry in Geometries(s_shape))
        {
            using var lists = Lists(geometry, few);
            foreach (var w in (float[][])[many, few])
            {
                Pack(lists, geometry, w);
                Expect.SameBits(w, Unpack(geometry, lists), "w");
            }
        }
    }

    [Fact]
    public void UpdateValues_NewValues_ChangesEntriesAndNoList()
    {
        var w = RandomTensor.Floats(s_shape.WeightLength, 1, 0.2);
        var changed = RandomTensor.Floats(s_shape.WeightLength, 2);
        foreach (var geometry in Geometries(s_shape))
        {
            using var lists = Lists(geometry, w);
            using var weights = new MaskedWeights(s_shape, "test");
            weights.Take(w, pattern: null);
            lists.Pack(weights);
            weights.TakeValues(changed);
            lists.UpdateValues(weights);
            Expect.SameBits([.. changed.Zip(w, (value, old) => old != 0 ? value : 0)], Unpack(geometry, lists), "w");
        }
    }

    [Fact]
    public void Pack_SparserWeights_MakesLongerBlocks()
    {
        var geometry = TapGeometry.Forward(new ConvolutionShape(16, 256, 14, 14, 16, 3, 3, padding: 1));
        var blocks = ((double[])[0.5, 0.02, 0.005]).Select(density =>
        {
            using var lists = Lists(geometry, RandomTensor.Floats(geometry.Shape.WeightLength, 1, density));
            return lists.Blocks[0];
        }).ToArray();
        Assert.True(blocks[0] > blocks[1] && blocks[1] > blocks[2], string.Join(", ", blocks));
    }

    [Theory]
    [InlineData(3, 0.4)]
    [InlineData(2, 1)]
    [InlineData(1, 0.4)]
    public void Copy_EverySoManyChannelDead_KeepsTheOthersEntriesInFewerBlocks(int dead, double density)
    {
        var shape = new ConvolutionShape(2, 70, 6, 6, 68, 3, 3, stride: 2, padding: 1);
        var w = RandomTensor.Integers(shape.WeightLength, 1, density);
        foreach (var geometry in Geometries(shape))
        {
            using var lists = Lists(geometry, w);
            var panel = Tiling(geometry).Panel;
            var packed = RandomTensor.Floats((int)panel.Length, 3);
            for (var c = 0; c < geometry.InC; c += dead) packed.AsSpan(c * panel.ChannelStep, panel.PlaneLength).Fill(-0f);
            var deadChannels = (geometry.InC + dead - 1) / dead;
            using var live = new LiveWeightLists(geometry.InC, geometry.Phases.Length);
            fixed (float* start = packed) Assert.Equal(deadChannels, live.FindDead(start, panel.PlaneLength, panel.ChannelStep));
            live.Copy(lists, first: 0);
            var (before, after) = (0, 0);
            for (var phase = 0; phase < geometry.Phases.Length; phase++)
            {
                Assert.True(lists.Blocks[phase] > 1, "the weights must make several blocks");
                var expectedBlocks = (int)Math.Ceiling((double)lists.Blocks[phase] * (geometry.InC - deadChannels) / geometry.InC);
                Assert.Equal(expectedBlocks, live.Blocks[phase]);
                for (var k = 0; k < geometry.OutC; k++)
                {
                    var expected = EntriesOf(lists.Starts, before + k, lists.Blocks[phase], geometry.OutC)
                        .Where(e => lists.Channels[e] % dead != 0).Select(e => (lists.Offsets[e], lists.Values[e]));
                    var actual = EntriesOf(live.Starts, after + k, live.Blocks[phase], geometry.OutC).Select(
                        e => (live.Offsets[e], live.Values[e]));
                    Assert.Equal(expected, actual);
                }

                (before, after) = (before + lists.Blocks[phase] * geometry.OutC, after + live.Blocks[phase] * geometry.OutC);
            }
        }
    }

    [Fact]
    public void Copy_WeightsOrDeadChannelsOrGroupChange_IsMadeAgain()
    {
        var shape = new ConvolutionShape(2, 40, 6, 6, 24, 3, 3, padding: 1, groups: 2);
        foreach (var geometry in Geometries(shape))
        {
            var w = RandomTensor.Integers(shape.WeightLength, 1, 0.4);
            using var lists = Lists(geometry, w);
            using var weights = new MaskedWeights(shape, "test");
            weights.Take(w, pattern: null);
            lists.Pack(weights);
            var panel = Tiling(geometry).Panel;
            var packed = RandomTensor.Floats((int)panel.Length, 3);
            packed.AsSpan(0, panel.PlaneLength).Clear();
            using var live = new LiveWeightLists(geometry.InC, geometry.Phases.Length);
            fixed (float* start = packed)
            {
                AssertCopied(start, group: 0);
                AssertCopied(start, group: 1);
                packed[0] = 1;
                packed.AsSpan(panel.ChannelStep, panel.PlaneLength).Clear();
                AssertCopied(start, group: 1);
                Array.ForEach(Enumerable.Range(0, w.Length).ToArray(), i => w[i] *= 2);
                weights.TakeValues(w);
                lists.UpdateValues(weights);
                AssertCopied(start, group: 1);
                w.AsSpan(0, w.Length / 2).Clear();
                w.AsSpan().Reverse();
                weights.Take(w, pattern: null);
                lists.Pack(weights);
                AssertCopied(start, group: 1);
            }

            void AssertCopied(float* start, int group)
            {
                var first = group * lists.ListsOfGroup;
                live.FindDead(start, panel.PlaneLength, panel.ChannelStep);
                live.Copy(lists, first);
                var deadChannel = *start == 0 ? 0 : 1;
                for (var k = 0; k < geometry.OutC; k++)
                {
                    var expected = EntriesOf(lists.Starts, first + k, lists.Blocks[0], geometry.OutC)
                        .Where(e => lists.Channels[e] != deadChannel).Select(e => (lists.Offsets[e], lists.Values[e]));
                    Assert.Equal(
                        expected, EntriesOf(live.Starts, k, live.Blocks[0], geometry.OutC).Select(e => (live.Offsets[e], live.Values[e])));
                }
            }
        }
    }

    /// <summary>The entries of one output channel, block after block.</summary>
    private static List<int> EntriesOf(int* starts, int list, int blocks, int outputs)
    {
        var entries = new List<int>();
        for (var block = 0; block < blocks; block++, list += outputs) entries.AddRange(
            Enumerable.Range(starts[list], starts[list + 1] - starts[list]));
        return entries;
    }

    private static TapGeometry[] Geometries(ConvolutionShape shape) => [TapGeometry.Forward(shape), TapGeometry.BackwardData(shape)];

    private static WeightFineTiling Tiling(TapGeometry geometry) => new(geometry, InstructionSetKind.Scalar, threads: 1);

    private static WeightLists Lists(TapGeometry geometry, float[] w)
    {
        var tiling = Tiling(geometry);
        var lists = new WeightLists(tiling.Panel, tiling.Blocking);
        Pack(lists, geometry, w);
        return lists;
    }

    private static void Pack(WeightLists lists, TapGeometry geometry, float[] w)
    {
        using var weights = new MaskedWeights(geometry.Shape, "test");
        weights.Take(w, pattern: null);
        lists.Pack(weights);
    }

    /// <summary>Weights of taps that only outputs past a small image would read are in no list.</summary>
    private static float[] Multiplied(TapGeometry geometry, float[] w)
    {
        var s = geometry.Shape;
        var taps = geometry.Phases.SelectMany(phase => phase.Taps).Select(tap => tap.R * s.S + tap.S).ToHashSet();
        return [.. w.Select((value, i) => taps.Contains(i % (s.R * s.S)) ? value : 0)];
    }

    private static float[] Unpack(TapGeometry geometry, WeightLists lists)
    {
        var (s, panel) = (geometry.Shape, Tiling(geometry).Panel);
        var w = new float[s.WeightLength];
        var list = 0;
        for (var group = 0; group < geometry.Groups; group++)
        {
            for (var phase = 0; phase < geometry.Phases.Length; phase++)
            {
                for (var i = 0; i < lists.Blocks[phase] * geometry.OutC; i++, list++)
                {
                    for (var e = lists.Starts[list]; e < lists.Starts[list + 1]; e++)
                    {
                        var c = lists.Channels[e];
                        var tap = geometry.Phases[phase].Taps.Single(tap => panel.Offset(tap) == lists.Offsets[e] - c * panel.ChannelStep);
                        var (k, from) = geometry.IsForward
                            ? (group * s.GroupK + i % geometry.OutC, c)
                            : (group * s.GroupK + c, i % geometry.OutC);
                        w[((k * s.GroupC + from) * s.R + tap.R) * s.S + tap.S] = lists.Values[e];
                    }
                }
            }
        }

        Assert.Equal(lists.Entries, lists.Starts[list]);
        return w;
    }
}
