using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

/// <summary>An update of masked parameters leaves their live values packed as a walk of its own over values and mask would pack them.</summary>
[Collection(SoloCollection.Name)]
public sealed unsafe class PackedUpdateTests
{
    private const int Batch = 6;

    [Theory]
    [InlineData(OptimiserKind.Sgd, 1)]
    [InlineData(OptimiserKind.Sgd, 3)]
    [InlineData(OptimiserKind.AdamW, 3)]
    public void Step_AnyMask_LeavesItsLiveValues(OptimiserKind kind, int threads)
    {
        // Rows of 720 weights: items of 16,384 cut them.
        var parameter = new Parameter("w", [65, 80, 3, 3], Initialisation.FanInUniform(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        IOptimiser optimiser = kind == OptimiserKind.Sgd ? new Sgd([parameter], threads: threads) : new AdamW([parameter], threads: threads);
        var masks = new[] { MaskOf(parameter, 0.1, 1), MaskOf(parameter, 0.3, 2) };
        for (var step = 0; step < 6; step++)
        {
            // Another mask of the same version, then the same one with more weights, then with fewer.
            if (step is 0 or 2) parameter.Mask = masks[step / 2];
            if (step is 3) masks[1].Become(MaskOf(parameter, 0.8, 3));
            if (step is 4) masks[1].Become(MaskOf(parameter, 0.05, 3));
            if (step is 3 or 4) parameter.Touch();
            foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian();
            parameter.WantsLive = true;
            optimiser.Step(0.01f);
            AssertPacked(parameter, $"step {step}");
        }
    }

    [Fact]
    public void Step_NobodyReadsThem_LeavesNone()
    {
        var parameter = new Parameter("w", [17, 3, 3, 3], Initialisation.FanInUniform(1));
        var sgd = new Sgd([parameter]);
        parameter.WantsLive = true;
        sgd.Step(0.1f);
        Assert.Null(parameter.Live);
        parameter.Mask = MaskOf(parameter, 0.2, 1);
        sgd.Step(0.1f);
        AssertPacked(parameter, "wanted and masked");
        sgd.Step(0.1f);
        Assert.Null(parameter.Live);

        // A frozen one stays as it is, and so does what is packed of it; changes of others' hands make that stale.
        parameter.WantsLive = true;
        sgd.Step(0.1f);
        parameter.IsFrozen = true;
        sgd.Step(0.1f);
        AssertPacked(parameter, "frozen");
        parameter.Touch();
        Assert.Null(parameter.Live);
    }

    [Theory]
    [InlineData(OptimiserKind.Sgd, false)]
    [InlineData(OptimiserKind.AdamW, false)]
    [InlineData(OptimiserKind.AdamW, true)]
    public void Step_NetworkOfMasks_SameBitsAsPackedFromAllWeights(OptimiserKind kind, bool prunes)
    {
        using var network = Create();
        using var twin = Create();
        var (optimiser, other) = (Optimiser(network), Optimiser(twin));
        var packed = new HashSet<string>();
        for (var step = 0; step < 10; step++)
        {
            foreach (var (of, by) in ((Network, IOptimiser)[])[(network, optimiser), (twin, other)])
            {
                by.Prepare();
                of.Step(Samples.Gaussian(Batch * SmallNetwork.Input.Length, (ulong)step), Samples.Labels(Batch, SmallNetwork.Classes), by, 0.01f);
            }

            foreach (var parameter in network.Parameters.Where(parameter => parameter.Live is not null)) packed.Add(parameter.Name);
            foreach (var parameter in twin.Parameters) parameter.Touch();
            foreach (var (expected, got) in twin.Parameters.Zip(network.Parameters)) Expect.SameBits(expected.Value, got.Value, $"{got.Name}, step {step}");
            var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length, 99), Samples.Labels(Batch, SmallNetwork.Classes));
            Assert.Equal(twin.Evaluate(images, labels), network.Evaluate(images, labels));
        }

        Assert.NotEmpty(packed);

        Network Create()
        {
            var made = SmallNetwork.Create(
                Batch, KernelSchedule.Forced(new OperandPair(Operand.Weight, Operand.Input)), layout: BlockedLayout.ChannelBlocked);
            if (!prunes) SmallNetwork.Mask(made, 0.1);
            return made;
        }

        IOptimiser Optimiser(Network of) => (kind, prunes) switch
        {
            (OptimiserKind.Sgd, _) => new Sgd(of.Parameters),
            (_, false) => new AdamW(of.Parameters),
            _ => new PrunedAdamW(of, new PruningUnit(new GradualMagnitude(0.9, begin: 1, end: 7, interval: 2, scope: MagnitudeScope.Layer))),
        };
    }

    [Fact]
    public void Step_MasksThatStay_AllocatesNothing()
    {
        var parameter = new Parameter("w", [65, 80, 3, 3], Initialisation.FanInUniform(1));
        parameter.Mask = MaskOf(parameter, 0.1, 1);
        var sgd = new Sgd([parameter], threads: 2);
        Assert.Equal(0, Allocations.Least(() =>
        {
            parameter.WantsLive = true;
            sgd.Step(0.1f);
        }));
    }

    private static WeightPattern MaskOf(Parameter parameter, double density, ulong seed)
    {
        var random = new RandomSource(seed);
        var keep = new bool[parameter.Length];
        foreach (ref var bit in keep.AsSpan()) bit = random.NextSingle(0, 1) < density;
        return SmallNetwork.MaskOf(parameter, keep);
    }

    private static void AssertPacked(Parameter parameter, string where)
    {
        var mask = parameter.Mask!;
        Assert.True(parameter.Live is not null, where);
        using var expected = new LiveWeights(mask.Shape);
        expected.Find(mask);
        fixed (float* w = parameter.Value) expected.Take(w);
        Assert.Equal(mask.Count, parameter.Live.Count);
        Assert.Equal(new Span<int>(expected.Starts, mask.Shape.K + 1).ToArray(), new Span<int>(parameter.Live.Starts, mask.Shape.K + 1).ToArray());
        Assert.Equal(new Span<int>(expected.Columns, expected.Count).ToArray(), new Span<int>(parameter.Live.Columns, expected.Count).ToArray());
        Expect.SameBits(new Span<float>(expected.Values, expected.Count).ToArray(), new Span<float>(parameter.Live.Values, expected.Count).ToArray(), where);
    }
}
