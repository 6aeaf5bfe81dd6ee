using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using Xunit;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.Bench.Tests.Peer;

public sealed class TorchOptimiserTests
{
    private const float Rate = 0.02f;

    [Theory]
    [InlineData("adamw")]
    [InlineData("amsgrad")]
    [InlineData("sgd")]
    [InlineData("nesterov")]
    public void Step_TwentyTimes_SameAsLibtorch(string kind)
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        using var scope = NewDisposeScope();
        var ours = new Parameter("w", [13, 29], Initialisation.FanInUniform(1));
        var random = new RandomSource(3);
        ours.Initialise(ref random);
        var theirs = new TorchParameter(tensor(ours.Value, [13, 29]));
        using optim.Optimizer peer = kind switch
        {
            "adamw" => optim.AdamW([theirs], Rate, 0.85, 0.95, 1e-6, 0.1),
            "amsgrad" => optim.AdamW([theirs], Rate, 0.85, 0.95, 1e-6, 0.1, amsgrad: true),
            _ => optim.SGD([theirs], Rate, 0.9, dampening: 0, weight_decay: 0.1, nesterov: kind == "nesterov"),
        };
        IOptimiser optimiser = kind switch
        {
            "adamw" => new AdamW([ours], new AdamWSettings(0.85f, 0.95f, 1e-6f, 0.1f), threads: 1),
            "amsgrad" => new AdamW([ours], new AdamWSettings(0.85f, 0.95f, 1e-6f, 0.1f, AmsGrad: true), threads: 1),
            _ => new Sgd([ours], 0.9f, 0.1f, kind == "nesterov", threads: 1),
        };
        for (var step = 1; step <= 20; step++)
        {
            foreach (ref var g in ours.Gradient.AsSpan()) g = random.NextGaussian() / step;
            theirs.grad = tensor(ours.Gradient, [13, 29]);
            peer.step();
            optimiser.Step(Rate);
            var expected = theirs.detach().data<float>().ToArray();
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], ours.Value[i], 1e-5f);
        }
    }

    [Fact]
    public void Step_Clipped_SameGradientsAndNormAsLibtorch()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        using var scope = NewDisposeScope();
        Parameter[] ours = [new("a", [7, 11], Initialisation.Constant(1)), new("b", [5], Initialisation.Constant(1))];
        var random = new RandomSource(3);
        foreach (var parameter in ours)
        {
            foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian();
        }

        TorchParameter[] theirs = [.. ours.Select(parameter => new TorchParameter(ones([.. parameter.Shape.Select(size => (long)size)])))];
        for (var i = 0; i < theirs.Length; i++) theirs[i].grad = tensor(ours[i].Gradient, theirs[i].shape);
        var norm = nn.utils.clip_grad_norm_(theirs, 1.5);
        var clipping = new GradientClipping(new Sgd(ours, threads: 1), ours, norm: 1.5f, threads: 1);
        clipping.Step(0);
        Assert.Equal(norm, clipping.Norm, 1e-5);
        for (var i = 0; i < theirs.Length; i++)
        {
            var expected = theirs[i].grad!.data<float>().ToArray();
            for (var k = 0; k < expected.Length; k++) Assert.Equal(expected[k], ours[i].Gradient[k], 1e-6f);
        }
    }
}
