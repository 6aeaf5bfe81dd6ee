using SparseKernels.Bench.Learning;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class StepAgreementTests
{
    private const float Rate = 0.05f;

    [Fact]
    public void Check_EveryMoveRounded_Passes()
    {
        using var step = new Step("resnet20", batch: 8);
        foreach (var values in step.Actual)
        {
            foreach (ref var value in values.AsSpan()) value = MathF.BitIncrement(value);
        }

        step.Check(lossFactor: 1 + 1e-6);
    }

    [Theory]
    [InlineData("conv1.weight", 8, 0.1)]
    [InlineData("layer3.2.bn2.bias", 8, 0.1)]
    [InlineData("fc.bias", 8, double.NaN)]
    [InlineData("layer2.0.conv1.weight", 2, 0.4)]
    [InlineData("layer2.0.bn1.running_mean", 8, 1e-3)]
    [InlineData("layer2.0.bn1.running_var", 2, 1e-3)]
    public void Check_OneTensorMovesOtherwise_NamesIt(string name, int batch, double share)
    {
        using var step = new Step("resnet20", batch);
        step.Stretch(name, share);

        Assert.StartsWith(
            $"a step: {name} moves otherwise in ours than in the other", Assert.Throws<InvalidDataException>(() => step.Check()).Message);
    }

    [Fact]
    public void Check_FewImages_GivesEachSignMoreRoom()
    {
        using Step few = new("resnet20", batch: 2), many = new("resnet20", batch: 8);
        few.Stretch("conv1.weight", 0.1);
        many.Stretch("conv1.weight", 0.1);

        few.Check();
        Assert.Throws<InvalidDataException>(() => many.Check());
    }

    [Theory]
    [InlineData(1e-5, true)]
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
    [InlineData(1e-7, true)]
    [InlineData(1e-5, false)]
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
        step.Start[0].CopyTo(step.Expected[0], 0);

        Assert.Contains("conv1.weight moves otherwise", Assert.Throws<InvalidDataException>(() => step.Check()).Message);
        step.Start[0].CopyTo(step.Actual[0], 0);
        step.Check();
    }

    [Theory]
    [InlineData(1.0001)]
    [InlineData(double.NaN)]
    public void Check_OtherLoss_Throws(double factor)
    {
        using var step = new Step("lenet", batch: 8);

        Assert.StartsWith("a step: the loss is", Assert.Throws<InvalidDataException>(() => step.Check(factor)).Message);
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
        var expected = (right.Step(batch.Images, batch.Labels, Rate), right.ReadState());
        var actual = (wrong.Step(batch.Images, batch.Labels, Rate), wrong.ReadState());

        StepAgreement.Check("a step", right.Network, start, expected, expected, "the other");
        Assert.Throws<InvalidDataException>(() => StepAgreement.Check("a step", right.Network, start, actual, expected, "the other"));
    }

    /// <summary>A step of ours, and a copy of what it did to change.</summary>
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
            (Expected, Actual) = (_trainer.ReadState(), _trainer.ReadState());
        }

        public float[][] Start { get; }

        public float[][] Expected { get; }

        public float[][] Actual { get; }

        /// <summary>Makes one tensor move farther by a share of its move.</summary>
        public void Stretch(string name, double share)
        {
            var index = IndexOf(name);
            var (start, values) = (Start[index], Actual[index]);
            for (var i = 0; i < values.Length; i++) values[i] += (float)(share * ((double)values[i] - start[i]));
        }

        /// <summary>Makes both leave a tensor as it was.</summary>
        public void StandStill(string name)
        {
            var index = IndexOf(name);
            foreach (var state in new[] { Expected, Actual }) Start[index].CopyTo(state[index], 0);
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

        public void Check(double lossFactor = 1) =>
            StepAgreement.Check("a step", _trainer.Network, Start, (_loss * lossFactor, Actual), (_loss, Expected), "the other");

        public void Dispose() => _trainer.Dispose();

        private int IndexOf(string name) => _trainer.Network.State.Select(tensor => tensor.Name).ToList().IndexOf(name);
    }
}
