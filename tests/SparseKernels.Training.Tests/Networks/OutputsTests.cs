using SparseKernels.TestSupport;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public class OutputsTests
{
    private const int Batch = 3;

    public static TheoryData<BlockedLayout> Layouts { get; } =
        TestScale.IsSmall ? [BlockedLayout.BatchBlocked] : [BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void ComputeGradients_LossOverAllOutputs_MatchesDifferences(BlockedLayout layout)
    {
        using var network = TwoHeads.Create(Batch, KernelSchedule.Dense, layout);
        var inputs = TwoHeads.Images(Batch);
        var random = new RandomSource(7);
        double Loss() => network.ComputeGradients(inputs, Projected);
        Loss();
        var gradients = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Gradient.ToArray());
        foreach (var parameter in network.Parameters)
        {
            Assert.NotEqual(-1, gradients[parameter.Name].AsSpan().IndexOfAnyExcept(0f));
            GradientCheck.Compare(parameter.Name, parameter.Value, gradients[parameter.Name], Loss, parameter.Touch, 1e-3f, 0.02, ref random);
        }
    }

    [Fact]
    public void ComputeGradients_OutputWithoutGradient_LeavesTheLayersThatLeadToItAlone()
    {
        using var network = TwoHeads.Create(Batch, KernelSchedule.Dense);
        var inputs = TwoHeads.Images(Batch);
        network.ComputeGradients(inputs, Projected);
        network.ResetTimings();
        Assert.Equal(2.5, network.ComputeGradients(inputs, outputs =>
        {
            Assert.Equal(-1, outputs.Gradient("map").IndexOfAnyExcept(0f));
            outputs.Gradient("map").Fill(0.5f);
            return 2.5;
        }));
        foreach (var parameter in network.Parameters)
        {
            var leads = parameter.Name[0] is 'a' or 'b' or 'm';
            Assert.Equal(leads, parameter.Gradient.AsSpan().IndexOfAnyExcept(0f) >= 0);
        }

        Assert.Equal(0, network.Timings.Single(timing => timing.Name == "deep2").Calls(Training.Layers.LayerPass.BackwardWeights));
    }

    [Fact]
    public void Step_LabelsAtTheChosenOutput_IsThatOfTheLossOfOnesOwn()
    {
        using var labelled = TwoHeads.Create(Batch, KernelSchedule.Reproducible);
        using var own = TwoHeads.Create(Batch, KernelSchedule.Reproducible, threads: 1);
        labelled.LossOutput = "logits";
        Assert.Equal(TwoHeads.Classes, labelled.Classes);
        var (inputs, labels) = (TwoHeads.Images(Batch), Samples.Labels(Batch, TwoHeads.Classes));
        var (first, second) = (new Sgd(labelled.Parameters, threads: 2), new Sgd(own.Parameters, threads: 1));
        var (begin, end) = (0.0, 0.0);
        for (var step = 0; step < 8; step++)
        {
            end = labelled.Step(inputs, labels, first, 0.1f).Loss;
            if (step == 0) begin = end;
            Assert.Equal(end, own.Step(inputs, outputs => CrossEntropy(outputs, labels), second, 0.1f), 1e-5);
        }

        Assert.True(end < 0.9 * begin, $"the loss must fall, but went from {begin} to {end}");
        Assert.Equal(8, labelled.StepsTaken);
        foreach (var (a, b) in labelled.Parameters.Zip(own.Parameters)) Assert.True(SmallNetwork.Distance(a.Value, b.Value) < 1e-4, a.Name);
        Assert.Equal(labelled.Parameters.Single(parameter => parameter.Name == "map.bias").Gradient, new float[5]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(5, false)]
    [InlineData(16, false)]
    [InlineData(37, true)]
    public void Predict_NamedOutputs_AreThoseOfTheTrainingPass(int images, bool masked)
    {
        using var network = TwoHeads.Create(images, KernelSchedule.Reproducible);
        if (masked) Mask(network);
        var inputs = TwoHeads.Images(images);
        var (expected, got, alone) = (TwoHeads.Outputs(images), TwoHeads.Outputs(images), new float[images * TwoHeads.Map.Length]);
        network.ComputeGradients(inputs, outputs =>
        {
            foreach (var (name, to) in expected) outputs.Values(name).CopyTo(to.Span);
            return 0;
        });
        network.ComputeGradients(TwoHeads.Images(2), _ => 0);
        network.Predict(inputs, got);
        network.Predict(inputs, new Dictionary<string, Memory<float>> { ["map"] = alone });
        using var predictor = new Predictor(network, new PredictorOptions { Schedule = KernelSchedule.Reproducible });
        var predicted = TwoHeads.Outputs(images);
        predictor.Predict(inputs, predicted);
        foreach (var (name, values) in expected)
        {
            Assert.True(SmallNetwork.Distance(values.ToArray(), got[name].ToArray()) < 1e-5, name);
            Assert.True(SmallNetwork.Distance(values.ToArray(), predicted[name].ToArray()) < 1e-5, name);
        }

        Assert.Equal(got["map"].ToArray(), alone);
        Assert.Contains(got["sum"].ToArray(), value => value < 0);
    }

    [Fact]
    public void Predictor_NormalisedOutputs_AreThoseOfTheNetwork()
    {
        using var network = TwoHeads.Create(Batch, KernelSchedule.Reproducible, normalises: true);
        network.ComputeGradients(TwoHeads.Images(Batch, seed: 4), _ => 0);
        var inputs = TwoHeads.Images(Batch);
        using var predictor = new Predictor(network, new PredictorOptions { Schedule = KernelSchedule.Reproducible });
        Assert.Equal(network.Outputs, predictor.Outputs);
        var (expected, got) = (TwoHeads.Outputs(Batch), TwoHeads.Outputs(Batch));
        network.Predict(inputs, expected);
        predictor.Predict(inputs, got);
        foreach (var (name, values) in expected) Assert.True(SmallNetwork.Distance(values.ToArray(), got[name].ToArray()) < 1e-5, name);
        Assert.Contains("tells no classes apart", Assert.Throws<InvalidOperationException>(() => predictor.Classes).Message);
    }

    [Fact]
    public void SimpleDoors_SeveralInputsOrNoLogits_SayWhatToDo()
    {
        using var network = TwoHeads.Create(Batch);
        Assert.Equal(["left", "right"], network.Inputs.Select(input => input.Name));
        Assert.Equal([("map", TwoHeads.Map), ("logits", new(4, 1, 1)), ("sum", TwoHeads.Sum)], network.Outputs.Select(output => (output.Name, output.Image)));
        Assert.Equal("map", network.LossOutput);
        var (images, labels) = (new float[Batch * TwoHeads.Left.Length], new int[Batch]);
        Assert.Contains("its output 'map' gives [5, 8, 8]", Assert.Throws<InvalidOperationException>(() => network.Classes).Message);
        Assert.Throws<InvalidOperationException>(() => network.Predict(images, new float[Batch]));
        Assert.Throws<InvalidOperationException>(() => network.ComputeGradients(TwoHeads.Images(Batch), labels));
        Assert.Contains("'sum' gives [18, 8, 8]", Assert.Throws<ArgumentException>("value", () => network.LossOutput = "sum").Message);
        Assert.Contains("'map' or 'logits' or 'sum', got 'other'", Assert.Throws<ArgumentException>("value", () => network.LossOutput = "other").Message);
        network.LossOutput = "logits";
        foreach (var call in new Action[]
        {
            () => network.ComputeGradients(images, labels), () => network.Evaluate(images, labels), () => network.Predict(images, new float[4 * Batch]),
            () => network.Step(images, labels, new Sgd(network.Parameters), 0.1f),
        })
            Assert.Contains("the network has the inputs 'left', 'right'", Assert.Throws<InvalidOperationException>(call).Message);
    }

    [Fact]
    public void NamedDoors_WhatDoesntFit_IsRefusedByName()
    {
        using var network = TwoHeads.Create(Batch);
        var outputs = TwoHeads.Outputs(Batch);
        Assert.Contains("lack", Refused(inputs => inputs.Remove("right")));
        Assert.Contains("got 'third' too", Refused(inputs => inputs["third"] = new float[1]));
        Assert.Contains("a multiple of 512 elements for 'right'", Refused(inputs => inputs["right"] = new float[5]));
        Assert.Contains("as many images for 'right' as for 'left', 3, got 1", Refused(inputs => inputs["right"] = new float[512]));
        outputs["logits"] = new float[2];
        Assert.Contains("12 elements for 'logits'", Refused(_ => { }));
        outputs.Remove("logits");
        outputs["other"] = new float[2];
        Assert.Contains("among 'map', 'logits', 'sum', got 'other'", Refused(_ => { }));
        Assert.Throws<ArgumentException>("output", () => network.ComputeGradients(TwoHeads.Images(Batch), values => values.Gradient("other")[0]));
        Assert.Throws<ArgumentNullException>("loss", () => network.ComputeGradients(TwoHeads.Images(Batch), (OutputLoss)null!));
        network.LossOutput = "logits";
        Assert.Throws<ArgumentException>("labels", () => network.ComputeGradients(TwoHeads.Images(Batch), new int[2]));

        string Refused(Action<Dictionary<string, ReadOnlyMemory<float>>> change)
        {
            var inputs = TwoHeads.Images(Batch);
            change(inputs);
            return Assert.ThrowsAny<ArgumentException>(() => network.Predict(inputs, outputs)).Message;
        }
    }

    private static void Mask(Network network)
    {
        var random = new RandomSource(21);
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Shape.Length > 1))
        {
            var keep = new bool[parameter.Value.Length];
            foreach (ref var bit in keep.AsSpan()) bit = random.NextSingle(0, 1) < 0.2;
            parameter.Mask = SmallNetwork.MaskOf(parameter, keep);
        }
    }

    /// <summary>The sum of all outputs, each times a number that differs from its neighbours'.</summary>
    private static double Projected(OutputValues outputs)
    {
        var sum = 0.0;
        foreach (var name in new[] { "map", "logits", "sum" })
        {
            var values = outputs.Values(name);
            var gradient = outputs.Gradient(name);
            for (var i = 0; i < values.Length; i++)
            {
                gradient[i] = ((i * 7 % 11) - 5) / 5f;
                sum += (double)gradient[i] * values[i];
            }
        }

        return sum;
    }

    private static double CrossEntropy(OutputValues outputs, int[] labels)
    {
        var logits = outputs.Values("logits");
        var gradient = outputs.Gradient("logits");
        var loss = 0.0;
        for (var n = 0; n < outputs.Images; n++)
        {
            var z = logits.Slice(n * TwoHeads.Classes, TwoHeads.Classes);
            var sum = 0.0;
            foreach (var value in z) sum += Math.Exp(value);
            for (var k = 0; k < z.Length; k++)
                gradient[(n * z.Length) + k] = (float)(((Math.Exp(z[k]) / sum) - (k == labels[n] ? 1 : 0)) / outputs.Images);
            loss -= (z[labels[n]] - Math.Log(sum)) / outputs.Images;
        }

        return loss;
    }
}
