using SparseKernels.Bench.Learning;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class StepAgreementTests
{
    private const float Rate = 0.05f;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Check_EveryMoveRounded_Passes(bool hasPeer)
    {
        using var step = new Step("resnet20", batch: 8);
        foreach (var values in step.Actual)
        {
            foreach (ref var value in values.AsSpan()) value = MathF.BitIncrement(value);
        }

        step.Check(lossFactor: 1 + 5e-7, hasPeer);
    }

    [Theory]
    [InlineData("conv1.weight", 8, 0.05)]
    [InlineData("layer3.2.bn2.bias", 8, 0.05)]
    [InlineData("fc.bias", 8, double.NaN)]
    [InlineData("layer2.0.conv1.weight", 2, 0.05)]
    [InlineData("layer2.0.bn1.running_mean", 8, 5e-3)]
    [InlineData("layer2.0.bn1.running_var", 2, 5e-3)]
    public void Check_OneTensorMovesOtherwise_NamesItAndBothDistances(string name, int batch, double share)
    {
        using var step = new Step("resnet20", batch);
        step.Stretch(step.Actual, name, share);

        var message = Assert.Throws<InvalidDataException>(() => step.Check()).Message;
        Assert.StartsWith($"a step: the move of {name} is otherwise in ours than in double precision, by ", message, StringComparison.Ordinal);
        Assert.Matches(@"by (NaN|[0-9.E-]+) of it; [0-9.E-]+ is allowed, 8 times libtorch's farthest in single precision, [0-9.E-]+, and ", message);
    }

    [Theory]
    [InlineData("conv1.weight", "layer3.0.conv1.weight", 0.02, 0.15, true)]
    [InlineData("conv1.weight", "layer3.0.conv1.weight", 0.02, 0.2, false)]
    [InlineData("layer1.0.bn1.running_var", "layer2.0.bn1.running_mean", 1e-3, 7e-3, true)]
    [InlineData("layer1.0.bn1.running_var", "layer2.0.bn1.running_mean", 1e-3, 9.5e-3, false)]
    [InlineData("conv1.weight", "layer2.0.bn1.running_mean", 0.02, 3e-3, false)]
    public void Check_TheirsRoundsMore_GivesOursOfTheSameKindAsMuchRoom(string theirs, string ours, double theirShare, double ourShare, bool passes)
    {
        using var step = new Step("resnet20", batch: 8);
        step.Stretch(step.Peer, theirs, theirShare);
        step.Stretch(step.Actual, ours, ourShare);

        if (passes) step.Check();
        else Assert.Contains($"the move of {ours} ", Assert.Throws<InvalidDataException>(() => step.Check()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    public void Check_OneOfTheirsMeetsAnEdge_GivesOursAsMuchRoom(int nudged, bool passes)
    {
        using var step = new Step("resnet20", batch: 8);
        step.Stretch(step.Actual, "conv1.weight", 0.05);
        for (var i = 0; i < nudged; i++) step.Nudged.Add([.. step.Peer.Select(values => (float[])values.Clone())]);
        if (nudged > 0) step.Stretch(step.Nudged[^1], "layer3.0.conv1.weight", 0.02);

        if (passes) step.Check();
        else Assert.Throws<InvalidDataException>(() => step.Check());
    }

    [Fact]
    public void Check_TheirsFarFromDoublePrecision_SaysThatItMeansNothing()
    {
        using var step = new Step("lenet", batch: 8);
        step.Stretch(step.Peer, "conv2.weight", 0.6);

        Assert.Contains(
            "libtorch in single precision is 0.6 away from double precision; over 0.5 there is nothing to compare with",
            Assert.Throws<InvalidDataException>(() => step.Check()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.4, true)]
    [InlineData(0.6, false)]
    public void Check_WithoutLibtorch_AllowsWhatRoundingDoesAtMost(double share, bool passes)
    {
        using var step = new Step("resnet20", batch: 2);
        step.Stretch(step.Actual, "conv1.weight", share);

        if (passes) step.Check(hasPeer: false);
        else Assert.Throws<InvalidDataException>(() => step.Check(hasPeer: false));
    }

    [Theory]
    [InlineData(1e-6, true)]
    [InlineData(1e-3, false)]
    public void Check_MoveThatRoundingMade_IsHeldToTheWeights(double ofWeights, bool passes)
    {
        using var step = new Step("resnet20", batch: 8);
        const string Bias = "layer1.0.bn1.bias";
        step.StandStill(Bias);
        step.Push(Bias, "layer1.0.bn1.weight", ofWeights);

        if (passes) step.Check();
        else Assert.Throws<InvalidDataException>(() => step.Check());
    }

    [Theory]
    [InlineData(1e-8, true)]
    [InlineData(5e-5, false)]
    public void Check_RunningMeanOfZero_IsHeldToTheDeviation(float byEach, bool passes)
    {
        using var step = new Step("resnet20", batch: 8);
        const string Mean = "layer1.0.bn1.running_mean";
        step.StandStill(Mean);
        step.Add(Mean, byEach);

        if (passes) step.Check();
        else Assert.Throws<InvalidDataException>(() => step.Check());
    }

    [Fact]
    public void Check_MoveOfWhatStoodStill_Throws()
    {
        using var step = new Step("lenet", batch: 8);
        foreach (var state in new[] { step.Expected, step.Peer }) step.Start[0].CopyTo(state[0], 0);

        Assert.Contains("the move of conv1.weight", Assert.Throws<InvalidDataException>(() => step.Check()).Message, StringComparison.Ordinal);
        step.Start[0].CopyTo(step.Actual[0], 0);
        step.Check();
    }

    [Theory]
    [InlineData(1.0001)]
    [InlineData(double.NaN)]
    public void Check_OtherLoss_Throws(double factor)
    {
        using var step = new Step("lenet", batch: 8);

        Assert.StartsWith("a step: the loss is", Assert.Throws<InvalidDataException>(() => step.Check(factor)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.9f, true, 0.1f)]
    [InlineData(0.9f, false, 5e-4f)]
    [InlineData(0.5f, true, 5e-4f)]
    public void Check_OptimiserSetOtherwise_Throws(float momentum, bool nesterov, float decay)
    {
        var recipe = new TrainingRecipe();
        using var right = new OwnTrainer("lenet", (8, 1), recipe);
        using var wrong = new OwnTrainer("lenet", (8, 1), recipe with { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay });
        var start = right.ReadState();
        var batch = new RandomBatch(right.Network.Input, 8, OwnTrainer.Classes);
        var expected = new StepOutcome(right.Step(batch.Images, batch.Labels, Rate), right.ReadState());
        var actual = new StepOutcome(wrong.Step(batch.Images, batch.Labels, Rate), wrong.ReadState());
        var reference = StepReference.Of("the other", expected);

        StepAgreement.Check("a step", right.Network, start, expected, reference, [expected]);
        Assert.Throws<InvalidDataException>(() => StepAgreement.Check("a step", right.Network, start, actual, reference, [expected]));
    }

    /// <summary>A step of ours as what is expected, the same rounded as libtorch's, and a copy to change.</summary>
    private sealed class Step : IDisposable
    {
        private readonly OwnTrainer _trainer;
        private readonly double _loss;

        public Step(string model, int batch)
        {
            _trainer = new OwnTrainer(model, (batch, 1), new TrainingRecipe(), KernelSchedule.Dense);
            Start = _trainer.ReadState();
            var images = new RandomBatch(_trainer.Network.Input, batch, OwnTrainer.Classes);
            _loss = _trainer.Step(images.Images, images.Labels, Rate);
            (Expected, Actual, Peer) = (_trainer.ReadState(), _trainer.ReadState(), _trainer.ReadState());
            foreach (var values in Peer)
            {
                foreach (ref var value in values.AsSpan()) value = MathF.BitDecrement(value);
            }
        }

        public float[][] Start { get; }

        public float[][] Expected { get; }

        public float[][] Actual { get; }

        public float[][] Peer { get; }

        /// <summary>Libtorch's other steps.</summary>
        public List<float[][]> Nudged { get; } = [];

        /// <summary>Makes one tensor move farther by a share of its move.</summary>
        public void Stretch(float[][] state, string name, double share)
        {
            var index = IndexOf(name);
            var (start, values) = (Start[index], state[index]);
            for (var i = 0; i < values.Length; i++) values[i] += (float)(share * ((double)values[i] - start[i]));
        }

        /// <summary>Makes all leave a tensor as it was.</summary>
        public void StandStill(string name)
        {
            var index = IndexOf(name);
            foreach (var state in new[] { Expected, Actual, Peer }) Start[index].CopyTo(state[index], 0);
        }

        /// <summary>Makes one move the first value of a tensor by a share of the norm of another's move.</summary>
        public void Push(string name, string other, double share)
        {
            var norm = Math.Sqrt(Expected[IndexOf(other)].Zip(Start[IndexOf(other)], (end, start) => Math.Pow((double)end - start, 2)).Sum());
            Actual[IndexOf(name)][0] += (float)(share * norm);
        }

        /// <summary>Makes one move all values of a tensor by as much.</summary>
        public void Add(string name, float value)
        {
            foreach (ref var moved in Actual[IndexOf(name)].AsSpan()) moved += value;
        }

        public void Check(double lossFactor = 1, bool hasPeer = true) => StepAgreement.Check(
            "a step", _trainer.Network, Start, new StepOutcome(_loss * lossFactor, Actual), StepReference.Of("double precision", new StepOutcome(_loss, Expected)),
            hasPeer ? [new StepOutcome(_loss, Peer), .. Nudged.Select(state => new StepOutcome(_loss, state))] : []);

        public void Dispose() => _trainer.Dispose();

        private int IndexOf(string name) => _trainer.Network.State.Select(tensor => tensor.Name).ToList().IndexOf(name);
    }
}
