using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Kernels;

/// <summary>
/// Every micro-kernel of every instruction set, in software where the processor lacks it, against plain loops. Operands lie against
/// guard pages, outputs between values that must stay.
/// </summary>
public sealed unsafe class KernelTableTests
{
    private const int Block = BlockedTensor.Block;
    private const float Between = 1e30f;

    public static TheoryData<string> Ids { get; } = new(KernelTable.All.Select(entry => entry.Id));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Run_WholeNumbersBetweenGuardPages_EqualsPlainLoops(string id)
    {
        var entry = KernelTable.All.Single(entry => entry.Id == id);
        foreach (var side in Enum.GetValues<GuardSide>())
        {
            foreach (var length in (int[])[1, 2, 7])
            {
                switch (entry.Family)
                {
                    case KernelFamily.Tap or KernelFamily.LaneTap:
                        foreach (var initial in (bool[])[true, false]) CheckTap(entry, side, length, initial);
                        break;
                    case KernelFamily.BatchTap:
                        foreach (var initial in (bool[])[true, false]) CheckBatchTap(entry, side, length, initial);
                        break;
                    case KernelFamily.OuterProduct:
                        CheckOuterProduct(entry, side, length);
                        break;
                    case KernelFamily.Spmm:
                        CheckSpmm(entry, side, length);
                        break;
                    case KernelFamily.Sddmm:
                        CheckSddmm(entry, side, length);
                        break;
                    case KernelFamily.List or KernelFamily.StridedList:
                        foreach (var initial in (bool[])[true, false]) CheckList(entry, side, length, initial);
                        break;
                    case KernelFamily.ListSddmm or KernelFamily.StridedListSddmm:
                        CheckListSddmm(entry, side, length);
                        break;
                    case KernelFamily.Dot:
                        CheckDot(entry, side, length);
                        break;
                    default:
                        Assert.Fail($"{id}: the test knows no plain loops for the family {entry.Family}");
                        break;
                }
            }
        }
    }

    [Fact]
    public void All_EveryEntry_HasItsOwnIdAndFitsTheRegisterFile()
    {
        Assert.Equal(KernelTable.All.Count, KernelTable.All.DistinctBy(entry => entry.Id).Count());
        Assert.All(Enum.GetValues<InstructionSetKind>(), isa => Assert.Contains(KernelTable.All, entry => entry.Isa == isa));
        foreach (var entry in KernelTable.All)
        {
            Assert.Contains(InstructionSet.NameOf(entry.Isa), entry.Id);
            Assert.EndsWith($"{entry.Rows}x{entry.Vectors}", entry.Id);
            Assert.Equal(0, entry.Width % Block);
            var registers = entry.Isa switch
            {
                InstructionSetKind.Avx512 or InstructionSetKind.Neon => 32,
                InstructionSetKind.Avx2 => 16,
                _ => int.MaxValue,
            };
            // The sparse product takes its vectors from memory, one at a time.
            var vectors = entry.Family is KernelFamily.Spmm or KernelFamily.List or KernelFamily.StridedList ? entry.Rows * entry.Vectors + 1 : (entry.Rows + 1) * entry.Vectors;

            // Dot products of listed weights broadcast nothing.
            var broadcast = entry.Family is KernelFamily.ListSddmm or KernelFamily.StridedListSddmm ? 0 : 1;
            Assert.True(
                vectors + broadcast <= registers, $"{entry.Id}: accumulators, vectors and a broadcast need more than {registers} registers");
        }
    }

    [Fact]
    public void Find_TileThatDoesNotExist_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(
            () => KernelTable.Find(KernelFamily.Tap, InstructionSetKind.Avx2, KernelTable.MaxRows + 1, Block));
        Assert.Contains($"{KernelTable.MaxRows + 1} rows by {Block} lanes for avx2", error.Message);
    }

    [Fact]
    public void PanelWidth_EveryBlockCount_IsTheWidestKernelThatFits()
    {
        foreach (var isa in Enum.GetValues<InstructionSetKind>())
        {
            for (var blocks = 1; blocks <= 9; blocks++)
            {
                var widths = KernelTable.All.Where(entry => entry.Isa == isa && entry.Family == KernelFamily.Tap).Select(
                    entry => entry.Width);
                Assert.Equal(widths.Where(width => width <= blocks * Block).Max(), KernelTable.PanelWidth(isa, blocks));
            }
        }
    }

    /// <summary>y[m][k] = start[k] + Σ x[m][i]·w[i][k], or x[m][i + lane]·v[i + lane] in lane form, over two runs of taps.</summary>
    private static void CheckTap(KernelEntry entry, GuardSide side, int length, bool initial)
    {
        var lanes = entry.Family == KernelFamily.LaneTap;
        var step = lanes ? Block : 1;
        int[] runs = [2 * step, length * step, (length + 4) * step, 3 * step];
        var steps = length + 3;
        var reach = (length + 7) * step;
        int[] xOffsets = [.. Enumerable.Range(0, entry.Rows).Select(m => (entry.Rows - 1 - m) * 5 * step)];
        var blockStep = entry.Rows * 2 * Block;
        int[] yOffsets = [.. Enumerable.Range(0, entry.Rows).Select(m => m * 2 * Block)];
        var width = lanes ? Block : entry.Width;

        var x = RandomTensor.Integers(reach + xOffsets[0], seed: 1);
        var w = RandomTensor.Integers(steps * width, seed: 2);
        var start = RandomTensor.Integers(width, seed: 3);
        var expected = Filled((width / Block - 1) * blockStep + yOffsets[^1] + Block);
        var y = (float[])expected.Clone();
        for (var m = 0; m < entry.Rows; m++)
        {
            for (var k = 0; k < width; k++)
            {
                var at = yOffsets[m] + k / Block * blockStep + k % Block;
                y[at] = initial ? Between : start[k];
                expected[at] = start[k];
                foreach (var (i, row) in Steps(runs, step)) expected[at] += x[xOffsets[m] + i + (lanes ? k : 0)] * w[row * width + k];
            }
        }

        using GuardedBuffer guardedX = new(x, side), guardedW = new(w, side), guardedY = new(y, side), guardedStart = new(start, side);
        fixed (int* run = runs, xAt = xOffsets, yAt = yOffsets)
        {
            var arguments = new TapArguments
            {
                X = guardedX.Pointer,
                XOffsets = xAt,
                W = guardedW.Pointer,
                Y = guardedY.Pointer,
                YOffsets = yAt,
                YBlockStep = blockStep,
                Initial = initial ? guardedStart.Pointer : null,
                Runs = run,
                RunCount = 2,
            };
            ((delegate*<TapArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedY.Span, $"{entry.Id}, {length} steps, guard {side}, {(initial ? "start values" : "added")}");
    }

    /// <summary>y[k][image] starts from a value, or from what is there, and gets Σ w[i][k]·x[i][image] over two runs of blocks.</summary>
    private static void CheckBatchTap(KernelEntry entry, GuardSide side, int length, bool initial)
    {
        int[] runs = [(length + 4) * Block, 3 * Block, 2 * Block, length * Block];
        var rowStep = 3 * Block;
        var x = RandomTensor.Integers((length + 7) * Block, seed: 1);
        var w = RandomTensor.Integers((length + 3) * entry.Rows, seed: 2);
        var start = RandomTensor.Integers(entry.Rows, seed: 3);
        var y = Filled((entry.Rows - 1) * rowStep + Block);
        var expected = (float[])y.Clone();
        for (var k = 0; k < entry.Rows; k++)
        {
            for (var image = 0; image < Block; image++)
            {
                var at = k * rowStep + image;
                y[at] = image - k;
                expected[at] = initial ? start[k] : y[at];
                foreach (var (i, row) in Steps(runs, Block)) expected[at] += w[row * entry.Rows + k] * x[i + image];
            }
        }

        using GuardedBuffer guardedX = new(x, side), guardedW = new(w, side), guardedY = new(y, side), guardedStart = new(start, side);
        fixed (int* run = runs)
        {
            var arguments = new TapArguments
            {
                X = guardedX.Pointer,
                W = guardedW.Pointer,
                Y = guardedY.Pointer,
                YBlockStep = rowStep,
                Initial = initial ? guardedStart.Pointer : null,
                Runs = run,
                RunCount = 2,
            };
            ((delegate*<TapArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedY.Span, $"{entry.Id}, {length} steps, guard {side}");
    }

    /// <summary>dw[c][k] += Σ x[offset + c]·dy[i][k].</summary>
    private static void CheckOuterProduct(KernelEntry entry, GuardSide side, int steps)
    {
        int[] offsets = [.. Enumerable.Range(0, steps).Select(i => (steps - 1 - i) * 3)];
        var (rowStep, blockStep) = (2 * Block, entry.Rows * 2 * Block);
        var scalars = RandomTensor.Integers(offsets[0] + entry.Rows, seed: 1);
        var vectors = RandomTensor.Integers(steps * entry.Width, seed: 2);
        var sums = Filled((entry.Width / Block - 1) * blockStep + (entry.Rows - 1) * rowStep + Block);
        var expected = (float[])sums.Clone();
        for (var c = 0; c < entry.Rows; c++)
        {
            for (var k = 0; k < entry.Width; k++)
            {
                var at = c * rowStep + k / Block * blockStep + k % Block;
                expected[at] = sums[at] = k - c;
                for (var i = 0; i < steps; i++) expected[at] += scalars[offsets[i] + c] * vectors[i * entry.Width + k];
            }
        }

        using GuardedBuffer guardedScalars = new(scalars, side), guardedVectors = new(vectors, side), guardedSums = new(sums, side);
        fixed (int* offset = offsets)
        {
            var arguments = new OuterProductArguments
            {
                Scalars = guardedScalars.Pointer,
                ScalarOffsets = offset,
                Vectors = guardedVectors.Pointer,
                Steps = steps,
                Accumulators = guardedSums.Pointer,
                RowStep = rowStep,
                BlockStep = blockStep,
            };
            ((delegate*<OuterProductArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedSums.Span, $"{entry.Id}, {steps} steps, guard {side}");
    }

    /// <summary>y[i][lane] += Σ value·panel[i·step + offset][lane] over the entries of three rows, the second without any.</summary>
    private static void CheckSpmm(KernelEntry entry, GuardSide side, int length)
    {
        var width = entry.Rows * entry.Width;
        const int Rows = 3, PanelStep = 5, StartStep = 2, Span = 1;
        int[] starts = [0, length, -1, -1, length + 1, 2 * length + 2];
        starts[2] = starts[3] = length;
        int[] offsets = [.. Enumerable.Range(0, starts[^1]).Select(e => (starts[^1] - 1 - e) * 3)];
        var values = RandomTensor.Integers(offsets.Length, seed: 1);
        var panel = RandomTensor.Integers((Rows - 1) * PanelStep + offsets[0] + width, seed: 2);
        var (blockStep, yStep) = (2 * Block * Rows, 2 * Block);
        var y = Filled((width / Block - 1) * blockStep + (Rows - 1) * yStep + Block);
        var expected = (float[])y.Clone();
        for (var row = 0; row < Rows; row++)
        {
            for (var lane = 0; lane < width; lane++)
            {
                var at = row * yStep + lane / Block * blockStep + lane % Block;
                expected[at] = y[at] = lane - row;
                for (var e = starts[row * StartStep]; e < starts[row * StartStep + Span]; e++)
                    expected[at] += values[e] * panel[row * PanelStep + offsets[e] + lane];
            }
        }

        using GuardedBuffer guardedValues = new(values, side), guardedPanel = new(panel, side), guardedY = new(y, side);
        fixed (int* offset = offsets, start = starts)
        {
            var arguments = new SpmmArguments
            {
                Offsets = offset,
                Values = guardedValues.Pointer,
                Starts = start,
                StartStep = StartStep,
                Span = Span,
                Rows = Rows,
                Panel = guardedPanel.Pointer,
                PanelStep = PanelStep,
                Y = guardedY.Pointer,
                YStep = yStep,
                YBlockStep = blockStep,
            };
            ((delegate*<SpmmArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedY.Span, $"{entry.Id}, {length} entries, guard {side}");
    }

    /// <summary>sum[m] += Σ x[m][i]·v[i] over two runs.</summary>
    private static void CheckSddmm(KernelEntry entry, GuardSide side, int length)
    {
        int[] runs = [2 * Block, Block, length * Block, (length + 3) * Block, (length + 2) * Block, 2 * Block];
        int[] xOffsets = [.. Enumerable.Range(0, entry.Rows).Select(m => (entry.Rows - 1 - m) * 5)];
        var x = RandomTensor.Integers((length + 5) * Block + xOffsets[0], seed: 1);
        var v = RandomTensor.Integers((length + 4) * Block, seed: 2);
        float[] sums = [.. Enumerable.Range(0, entry.Rows)];
        var expected = (float[])sums.Clone();
        for (var m = 0; m < entry.Rows; m++)
        {
            for (var run = 0; run < runs.Length; run += 3)
                for (var i = 0; i < runs[run + 2]; i++) expected[m] += x[xOffsets[m] + runs[run] + i] * v[runs[run + 1] + i];
        }

        using GuardedBuffer guardedX = new(x, side), guardedV = new(v, side), guardedSums = new(sums, side);
        fixed (int* run = runs, xAt = xOffsets)
        {
            var arguments = new SddmmArguments
            {
                X = guardedX.Pointer,
                XOffsets = xAt,
                V = guardedV.Pointer,
                Runs = run,
                RunCount = 2,
                Sums = guardedSums.Pointer,
            };
            ((delegate*<SddmmArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedSums.Span, $"{entry.Id}, {length} blocks, guard {side}");
    }

    /// <summary>
    /// sum[e][lane] += Σ x[offset + pixel][i]·v[k][pixel][i] over the i that fall on the lane, for the entries e of three channels, the second
    /// without any, over two tiles of pixels.
    /// </summary>
    private static void CheckListSddmm(KernelEntry entry, GuardSide side, int length)
    {
        const int Channels = 3, Tiles = 2;
        var (pixels, lanes) = (Tiles * entry.Rows, entry.Lanes);
        var xStep = entry.Family == KernelFamily.ListSddmm ? Block : 3 * Block;
        int[] starts = [2, 2 + length, 2 + length, 3 + (2 * length)];
        int[] offsets = [.. Enumerable.Range(0, starts[^1]).Select(e => (starts[^1] - 1 - e) * 3)];
        var x = RandomTensor.Integers(offsets[0] + (pixels - 1) * xStep + Block, seed: 1);
        var channelStep = (pixels + 1) * Block;
        var v = RandomTensor.Integers((Channels - 1) * channelStep + pixels * Block, seed: 2);
        var sums = Filled((starts[^1] - starts[0]) * lanes);
        var expected = (float[])sums.Clone();
        for (var k = 0; k < Channels; k++)
        {
            for (var e = starts[k]; e < starts[k + 1]; e++)
            {
                for (var i = 0; i < lanes; i++) expected[(e - starts[0]) * lanes + i] = sums[(e - starts[0]) * lanes + i] = i - e;
                for (var pixel = 0; pixel < pixels; pixel++)
                {
                    for (var i = 0; i < Block; i++)
                        expected[(e - starts[0]) * lanes + i % lanes] += x[offsets[e] + pixel * xStep + i] * v[k * channelStep + pixel * Block + i];
                }
            }
        }

        using GuardedBuffer guardedX = new(x, side), guardedV = new(v, side), guardedSums = new(sums, side);
        fixed (int* offset = offsets, start = starts)
        {
            var arguments = new ListSddmmArguments
            {
                Offsets = offset,
                Starts = start,
                Channels = Channels,
                X = guardedX.Pointer,
                XStep = xStep,
                V = guardedV.Pointer,
                VChannelStep = channelStep,
                Sums = guardedSums.Pointer,
                Tiles = Tiles,
            };
            ((delegate*<ListSddmmArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedSums.Span, $"{entry.Id}, {length} entries, guard {side}");
    }

    /// <summary>
    /// y[k][pixel][lane] starts from a value, or from what is there, and gets Σ value·x[offset + pixel][lane] over the entries of three
    /// channels, the second without any.
    /// </summary>
    private static void CheckList(KernelEntry entry, GuardSide side, int length, bool initial)
    {
        const int Channels = 3;
        var pixels = entry.Rows * entry.Width / Block;
        var (xStep, yStep) = (entry.Family == KernelFamily.List ? Block : 3 * Block, 2 * Block);
        int[] starts = [0, length, length, 2 * length + 1];
        int[] offsets = [.. Enumerable.Range(0, starts[^1]).Select(e => (starts[^1] - 1 - e) * 3)];
        var values = RandomTensor.Integers(offsets.Length, seed: 1);
        var x = RandomTensor.Integers(offsets[0] + (pixels - 1) * xStep + Block, seed: 2);
        var start = RandomTensor.Integers(2 * Channels - 1, seed: 3);
        var channelStep = pixels * yStep + Block;
        var y = Filled((Channels - 1) * channelStep + (pixels - 1) * yStep + Block);
        var expected = (float[])y.Clone();
        for (var k = 0; k < Channels; k++)
        {
            for (var i = 0; i < pixels * Block; i++)
            {
                var (pixel, lane) = (i / Block, i % Block);
                var at = k * channelStep + pixel * yStep + lane;
                y[at] = lane - k;
                expected[at] = initial ? start[2 * k] : y[at];
                for (var e = starts[k]; e < starts[k + 1]; e++) expected[at] += values[e] * x[offsets[e] + pixel * xStep + lane];
            }
        }

        using GuardedBuffer guardedValues = new(values, side), guardedX = new(x, side), guardedY = new(y, side), guardedStart = new(start, side);
        fixed (int* offset = offsets, first = starts)
        {
            var arguments = new ListArguments
            {
                Offsets = offset,
                Values = guardedValues.Pointer,
                Starts = first,
                Channels = Channels,
                X = guardedX.Pointer,
                XStep = xStep,
                Y = guardedY.Pointer,
                YStep = yStep,
                YChannelStep = channelStep,
                Initial = initial ? guardedStart.Pointer : null,
                InitialStep = 2,
            };
            ((delegate*<ListArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedY.Span, $"{entry.Id}, {length} entries, initial {initial}, guard {side}");
    }

    /// <summary>sum[m][l] += Σ x[m][i]·v[l][i] over two runs.</summary>
    private static void CheckDot(KernelEntry entry, GuardSide side, int length)
    {
        int[] runs = [2 * Block, Block, length * Block, (length + 3) * Block, (length + 2) * Block, 2 * Block];
        int[] xOffsets = [.. Enumerable.Range(0, entry.Rows).Select(m => (entry.Rows - 1 - m) * 5)];
        var (vStep, sumStep) = ((length + 4) * Block + 3, entry.Rows + 2);
        var x = RandomTensor.Integers((length + 5) * Block + xOffsets[0], seed: 1);
        var v = RandomTensor.Integers((entry.Vectors - 1) * vStep + (length + 4) * Block, seed: 2);
        float[] sums = [.. Enumerable.Range(0, (entry.Vectors - 1) * sumStep + entry.Rows)];
        var expected = (float[])sums.Clone();
        for (var m = 0; m < entry.Rows; m++)
        {
            for (var l = 0; l < entry.Vectors; l++)
            {
                for (var run = 0; run < runs.Length; run += 3)
                    for (var i = 0; i < runs[run + 2]; i++) expected[m + l * sumStep] += x[xOffsets[m] + runs[run] + i] * v[l * vStep + runs[run + 1] + i];
            }
        }

        using GuardedBuffer guardedX = new(x, side), guardedV = new(v, side), guardedSums = new(sums, side);
        fixed (int* run = runs, xAt = xOffsets)
        {
            var arguments = new DotArguments
            {
                X = guardedX.Pointer,
                XOffsets = xAt,
                V = guardedV.Pointer,
                VStep = vStep,
                Runs = run,
                RunCount = 2,
                Sums = guardedSums.Pointer,
                SumStep = sumStep,
            };
            ((delegate*<DotArguments*, void>)entry.Function)(&arguments);
        }

        Expect.Equal(expected, guardedSums.Span, $"{entry.Id}, {length} blocks, guard {side}");
    }

    /// <summary>The input offsets of all runs, one after the other, and which row of weights each meets.</summary>
    private static IEnumerable<(int I, int Row)> Steps(int[] runs, int step)
    {
        var row = 0;
        for (var run = 0; run < runs.Length; run += 2)
            for (var i = 0; i < runs[run + 1]; i += step)
                yield return (runs[run] + i, row++);
    }

    private static float[] Filled(int length)
    {
        var values = new float[length];
        values.AsSpan().Fill(Between);
        return values;
    }
}
