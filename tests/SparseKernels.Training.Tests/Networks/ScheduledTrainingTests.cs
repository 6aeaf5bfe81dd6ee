using SparseKernels.Diagnostics;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

[Collection(SoloCollection.Name)]
public class ScheduledTrainingTests
{
    private const int Batch = 6;

    public static TheoryData<string> Pairs { get; } = [.. OperandPair.All.Select(pair => KernelSchedule.Forced(pair).ToString())];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void ComputeGradients_AnyPair_EqualsDenseAndRunsThePair(string schedule)
    {
        using var sparse = SmallNetwork.Create(Batch, KernelSchedule.Parse(schedule));
        using var dense = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(dense.ComputeGradients(images, labels).Loss, sparse.ComputeGradients(images, labels).Loss, 1e-4);
            foreach (var (expected, got) in dense.Parameters.Zip(sparse.Parameters)) Assert.InRange(
                SmallNetwork.Distance(expected.Gradient, got.Gradient), 0, 1e-3);
        }

        // Without masks of weights no BackwardWeights skips any; the ReLU below conv1 of the block masks its BackwardData.
        var pair = KernelSchedule.Parse(schedule).Pair!.Value;
        var plan = sparse.Plans.Single(layer => layer.Name == "block.conv2").Plan;
        Assert.Equal(pair.Contains(Operand.Output) ? 0 : 2, CallsOf(plan, ConvolutionPass.Forward, pair));
        Assert.Equal(2, CallsOf(plan, ConvolutionPass.BackwardData, pair));
        Assert.Equal(pair.Contains(Operand.Weight) ? 0 : 2, CallsOf(plan, ConvolutionPass.BackwardWeights, pair));

        // A dropout directly above masks Forward.
        Assert.Equal(2, CallsOf(sparse.Plans.Single(layer => layer.Name == "conv2").Plan, ConvolutionPass.Forward, pair));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void ComputeGradients_ZerosWithoutAReluBelow_KeepTheirGradient(string schedule)
    {
        // The normalisation gives zeros in channel 0, and yet its bias there moves them.
        using Network sparse = Make(KernelSchedule.Parse(schedule)), dense = Make(KernelSchedule.Dense);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        dense.ComputeGradients(images, labels);
        sparse.ComputeGradients(images, labels);
        var (expected, got) = (GradientOf(dense), GradientOf(sparse));
        Assert.True(Math.Abs(expected[0]) > 1e-3, $"gradient {expected[0]}");
        Assert.InRange(SmallNetwork.Distance(expected, got), 0, 1e-3);

        static float[] GradientOf(Network network) => network.Parameters.Single(parameter => parameter.Name == "bn.bias").Gradient;

        static Network Make(KernelSchedule schedule)
        {
            var network = new Network(
                "zeros", SmallNetwork.Input,
                [
                    new Conv2d("conv1", 3, 17, 3, padding: 1),
                    new BatchNorm2d("bn", 17),
                    new MaxPool2d("pool", 2),
                    new Conv2d("conv2", 17, 33, 3, padding: 1),
                    new AvgPool2d("mean"),
                    new Linear("fc", new FeatureShape(33, 1, 1), SmallNetwork.Classes),
                ],
                Batch, 1, ComputeTopology.FromThreads(2), schedule);
            var weight = network.Parameters.Single(parameter => parameter.Name == "bn.weight");
            weight.Value[0] = 0;
            weight.Touch();
            return network;
        }
    }

    [Fact]
    public void Step_Scheduled_PlansKnowTheTrueDensities()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Reproducible);
        SmallNetwork.Mask(network, density: 0.25);
        var observer = new DensityObserver();
        network.Observer = observer;
        network.ComputeGradients(Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));

        foreach (var name in new[] { "block.conv1", "block.conv2", "block.downsample.0", "conv2", "conv3" })
        {
            var plan = network.Plans.Single(layer => layer.Name == name).Plan;
            var (x, dy) = observer.Densities[name];
            Assert.Equal(x, plan.Report(ConvolutionPass.Forward).Input!.Value.Fine, 1e-9);
            Assert.Equal(x, plan.Report(ConvolutionPass.BackwardWeights).Input!.Value.Fine, 1e-9);
            Assert.Equal(dy, plan.Report(ConvolutionPass.BackwardWeights).Output!.Value.Fine, 1e-9);
            Assert.Equal(dy, plan.Report(ConvolutionPass.BackwardData).Output!.Value.Fine, 1e-9);
            if (name != "conv2" && name != "conv3") Assert.Equal(x, plan.Report(ConvolutionPass.BackwardData).Input!.Value.Fine, 1e-9);
            Assert.InRange(plan.Report(ConvolutionPass.BackwardWeights).Weight!.Value.Fine, 0.2, 0.3);
        }

        // conv2's dy comes through the dropout above it.
        Assert.InRange(observer.Densities["conv2"].Dy, 0.5, 0.7);
        Assert.InRange(observer.Densities["block.conv1"].X, 0.3, 0.95);
    }

    [Theory]
    [InlineData("reproducible")]
    [InlineData("automatic")]
    public void Step_ScheduledAndMasked_AllocatesNothing(string schedule)
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Parse(schedule));
        SmallNetwork.Mask(network, density: 0.1);
        var sgd = new Sgd(network.Parameters, threads: 2);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        for (var i = 0; i < 10; i++) network.Step(images, labels, sgd, 0.001f);
        Assert.Equal(0, Allocations.Least(() => network.Step(images, labels, sgd, 0.001f)));
    }

    [Fact]
    public void Choices_ToTextAndBack_AreTheSame()
    {
        var choices = new LayerChoices(
            "conv",
            new PlanChoices(PassChoice.Of(new OperandPair(Operand.Input, Operand.Weight)), PassChoice.Dense, PassChoice.None));
        Assert.Equal("input-weight dense none", choices.ToText());
        Assert.Equal(choices, LayerChoices.Parse("conv", choices.ToText()));
        foreach (var text in new[] { "", "dense dense", "dense dense weight", "automatic dense dense" })
            Assert.Contains(
                "'conv'", Assert.Throws<InvalidDataException>(() => LayerChoices.Parse("conv", text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_OfAnotherNetwork_AreRefused()
    {
        using var network = SmallNetwork.Create(Batch);
        Assert.Contains("'conv1'", Assert.Throws<InvalidDataException>(() => network.Choices = []).Message, StringComparison.Ordinal);
    }

    private static long CallsOf(ConvolutionPlan plan, ConvolutionPass pass, OperandPair pair) =>
        plan.Report(pass).Candidates.Single(candidate => candidate.Pair == pair).Calls;

    /// <summary>Counts what convolutions read, element by element.</summary>
    private sealed class DensityObserver : IConvolutionObserver
    {
        public Dictionary<string, (double X, double Dy)> Densities { get; } = [];

        public void Observe(string layer, ConvolutionShape shape, BlockedTensor x, BlockedTensor dy) =>
            Densities[layer] = (Share(x), Share(dy));

        private static double Share(BlockedTensor tensor)
        {
            var plain = new float[tensor.PlainLength];
            tensor.CopyToNchw(plain);
            return (double)plain.Count(value => value != 0) / plain.Length;
        }
    }
}
