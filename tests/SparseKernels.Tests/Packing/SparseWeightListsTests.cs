using SparseKernels.Packing;
using SparseKernels.Scheduling;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Packing;

/// <summary>The lists hold every non-zero weight that the pass multiplies by, once, at its place, and nothing else.</summary>
public sealed unsafe class SparseWeightListsTests
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
                Expect.SameBits(Multiplied(geometry, w), Unpack(geometry, lists), $"w, {c.Shape}, {(geometry.IsForward ? "Forward" : "BackwardData")}");
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
                fixed (float* plain = w) lists.Pack(plain);
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
            fixed (float* plain = changed) lists.UpdateValues(plain);
            Expect.SameBits([.. changed.Zip(w, (value, old) => old != 0 ? value : 0)], Unpack(geometry, lists), "w");
        }
    }

    [Fact]
    public void Pack_SparserWeights_MakesLongerBlocks()
    {
        var geometry = TapGeometry.Forward(new ConvolutionShape(16, 256, 14, 14, 16, 3, 3, padding: 1));
        var blocks = ((double[])[0.5, 0.1, 0.02]).Select(density =>
        {
            using var lists = Lists(geometry, RandomTensor.Floats(geometry.Shape.WeightLength, 1, density));
            return lists.Blocks(0);
        }).ToArray();
        Assert.True(blocks[0] > blocks[1] && blocks[1] > blocks[2], string.Join(", ", blocks));
    }

    [Fact]
    public void Copy_DeadChannels_DropsTheirEntriesAlone()
    {
        var w = RandomTensor.Integers(s_shape.WeightLength, 1, 0.4);
        foreach (var geometry in Geometries(s_shape))
        {
            using var lists = Lists(geometry, w);
            var panel = Tiling(geometry).Panel;
            var packed = RandomTensor.Floats((int)panel.Length, 3);
            for (var c = 0; c < geometry.InC; c += 3) packed.AsSpan(c * panel.ChannelStep, panel.PlaneLength).Fill(-0f);
            using var live = new LiveWeightLists(geometry.InC);
            fixed (float* start = packed) Assert.Equal((geometry.InC + 2) / 3, live.FindDead(start, panel.PlaneLength, panel.ChannelStep));
            live.Copy(lists, first: 0);
            for (var list = 0; list < lists.ListsOfGroup; list++)
            {
                var expected = Enumerable.Range(lists.Starts[list], lists.Starts[list + 1] - lists.Starts[list])
                    .Where(e => lists.Channels[e] % 3 != 0).Select(e => (lists.Offsets[e], lists.Values[e]));
                var actual = Enumerable.Range(live.Starts[list], live.Starts[list + 1] - live.Starts[list])
                    .Select(e => (live.Offsets[e], live.Values[e]));
                Assert.Equal(expected, actual);
            }
        }
    }

    private static TapGeometry[] Geometries(ConvolutionShape shape) => [TapGeometry.Forward(shape), TapGeometry.BackwardData(shape)];

    private static SparseWeightTiling Tiling(TapGeometry geometry) => new(geometry, InstructionSetKind.Scalar, threads: 1);

    private static SparseWeightLists Lists(TapGeometry geometry, float[] w)
    {
        var tiling = Tiling(geometry);
        var lists = new SparseWeightLists(tiling.Panel, tiling.TileBytes);
        fixed (float* plain = w) lists.Pack(plain);
        return lists;
    }

    /// <summary>Weights of taps that only outputs past a small image would read are in no list.</summary>
    private static float[] Multiplied(TapGeometry geometry, float[] w)
    {
        var s = geometry.Shape;
        var taps = geometry.Phases.SelectMany(phase => phase.Taps).Select(tap => tap.R * s.S + tap.S).ToHashSet();
        return [.. w.Select((value, i) => taps.Contains(i % (s.R * s.S)) ? value : 0)];
    }

    private static float[] Unpack(TapGeometry geometry, SparseWeightLists lists)
    {
        var (s, panel) = (geometry.Shape, Tiling(geometry).Panel);
        var w = new float[s.WeightLength];
        var list = 0;
        for (var group = 0; group < geometry.Groups; group++)
        {
            for (var phase = 0; phase < geometry.Phases.Length; phase++)
            {
                for (var i = 0; i < lists.Blocks(phase) * geometry.OutC; i++, list++)
                {
                    for (var e = lists.Starts[list]; e < lists.Starts[list + 1]; e++)
                    {
                        var c = lists.Channels[e];
                        var tap = geometry.Phases[phase].Taps.Single(tap => panel.Offset(tap) == lists.Offsets[e] - c * panel.ChannelStep);
                        var (k, from) = geometry.IsForward ? (group * s.GroupK + i % geometry.OutC, c) : (group * s.GroupK + c, i % geometry.OutC);
                        w[((k * s.GroupC + from) * s.R + tap.R) * s.S + tap.S] = lists.Values[e];
                    }
                }
            }
        }

        Assert.Equal(lists.Entries, lists.Starts[list]);
        return w;
    }
}
