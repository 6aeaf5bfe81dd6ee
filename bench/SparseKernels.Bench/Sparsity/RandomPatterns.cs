using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Sparsity;

/// <summary>
/// Draws zeros for a cell. Fine zeros fall on every element alike. Coarse zeros are runs along the lanes of the cell's vectors, since
/// a run is what the kernels jump as a unit: groups of weights, dead channels of an activation, dead rows of a result's mask.
/// </summary>
/// <param name="shape">The layer, with its batch.</param>
/// <param name="cell">Pass and pair.</param>
/// <param name="group">The size of a group of weights.</param>
internal sealed class RandomPatterns(ConvolutionShape shape, SparseCell cell, WeightGroup group)
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Draws the patterns of both operands of the pair; the third is full.</summary>
    /// <param name="fine">Share of the fine operand's elements to live.</param>
    /// <param name="coarse">Share of the coarse operand's runs to live.</param>
    /// <param name="seed">The same seed gives the same zeros.</param>
    public OperandPatterns Draw(double fine, double coarse, int seed = 1)
    {
        var random = new Random(seed);
        return OperandPatterns.Full
            .With(cell.Pair.Fine, DrawFine(cell.Pair.Fine, fine, random))
            .With(cell.Pair.Coarse, DrawCoarse(cell.Pair.Coarse, coarse, random));
    }

    /// <summary>Draws an operand's zeros one by one; null for none.</summary>
    public bool[]? DrawFine(Operand operand, double density, Random random)
    {
        if (density >= 1) return null;
        var live = new bool[LengthOf(operand)];
        foreach (ref var bit in live.AsSpan()) bit = random.NextDouble() < density;
        return live;
    }

    /// <summary>Draws an operand's zero runs, exactly the share asked for as far as their number allows; null for none.</summary>
    public bool[]? DrawCoarse(Operand operand, double density, Random random)
    {
        if (density >= 1) return null;
        if (operand == Operand.Weight) return WeightGroups(density, random);
        return operand == cell.Result ? MaskRows(operand, density, random) : Channels(operand, density, random);
    }

    private int LengthOf(Operand operand) => operand switch
    {
        Operand.Input => shape.InputLength,
        Operand.Weight => shape.WeightLength,
        _ => shape.OutputLength,
    };

    /// <summary>The vectors run along the channels that the fine operand lacks: K beside x or dx, C beside y or dy.</summary>
    private bool[] WeightGroups(double density, Random random)
    {
        var alongK = cell.Pair.Fine == Operand.Input;
        var rows = group.WholeFilter ? 1 : shape.R;
        var taps = shape.R * shape.S / rows;
        var (lanes, others) = alongK ? (shape.K, shape.GroupC) : (shape.GroupC, shape.K);
        var liveGroups = Choose((lanes + group.Channels - 1) / group.Channels * others * rows, density, random);
        var live = new bool[shape.WeightLength];
        for (var i = 0; i < live.Length; i++)
        {
            var row = i / taps % rows;
            var (k, c) = (i / (taps * rows) / shape.GroupC, i / (taps * rows) % shape.GroupC);
            var (lane, other) = alongK ? (k, c) : (c, k);
            live[i] = liveGroups[(lane / group.Channels * others + other) * rows + row];
        }

        return live;
    }

    private bool[] Channels(Operand operand, double density, Random random)
    {
        var (channels, pixels) = SizesOf(operand);
        var liveChannels = Choose(channels, density, random);
        var live = new bool[LengthOf(operand)];
        for (var i = 0; i < live.Length; i++) live[i] = liveChannels[i / pixels % channels];
        return live;
    }

    /// <summary>
    /// A row of pixels is dead in a block of 16 channels of one image, or where the lanes are images, in one channel of all of them.
    /// </summary>
    private bool[] MaskRows(Operand operand, double density, Random random)
    {
        var (channels, pixels) = SizesOf(operand);
        var width = operand == Operand.Input ? shape.W : shape.Q;
        var height = pixels / width;
        var lanesAreImages = cell.Pair.Fine == Operand.Weight;
        var blocks = LaneBlock.Count(channels);
        var liveRows = Choose((lanesAreImages ? channels : shape.N * blocks) * height, density, random);
        var live = new bool[LengthOf(operand)];
        for (var i = 0; i < live.Length; i++)
        {
            var (n, c, h) = (i / pixels / channels, i / pixels % channels, i / width % height);
            live[i] = liveRows[(lanesAreImages ? c : n * blocks + c / Block) * height + h];
        }

        return live;
    }

    private (int Channels, int Pixels) SizesOf(Operand operand) =>
        operand == Operand.Input ? (shape.C, shape.H * shape.W) : (shape.K, shape.P * shape.Q);

    private static bool[] Choose(int count, double density, Random random)
    {
        var live = new bool[count];
        live.AsSpan(0, (int)Math.Round(density * count)).Fill(true);
        random.Shuffle(live);
        return live;
    }
}
