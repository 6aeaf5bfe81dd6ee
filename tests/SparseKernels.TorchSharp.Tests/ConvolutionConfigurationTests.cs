using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Tests;

/// <summary>Any convolution, called in any way, against the same in 64 bits; alone, since libtorch makes new kernels for each.</summary>
[Collection(SoloCollection.Name)]
public class ConvolutionConfigurationTests
{
    private const int Cases = 2000;

    /// <summary>Of the norm of the truth.</summary>
    private const double Share = 1e-5;

    [Fact]
    public void Convert_GeneratedConvolutions_GiveTheOutputsAndGradientsOf64Bits()
    {
        Torch.Need();
        var seed = unchecked((int)TestSeed.Value) & 0xFFFFFF;
        var (empty, learning, compared, hard) = (0, 0, 0, 0);
        for (var i = 0; i < TestScale.Cases(Cases); i++)
        {
            using var scope = NewDisposeScope();
            var one = new ConvolutionCase(seed + (7 * i));
            var results = Run(one);
            if (one.Batch == 0) empty++;
            if (results.Count > 1) learning++;
            foreach (var (what, truth, torchs, ours) in results)
            {
                Assert.True(truth is null == ours is null, $"{one}: {what} is {(ours is null ? "missing" : "there")}");
                if (truth is null) continue;
                Assert.True(truth.shape.SequenceEqual(ours!.shape), $"{one}: {what} is [{string.Join(", ", ours.shape)}], not [{string.Join(", ", truth.shape)}]");
                compared++;
                var (norm, apart) = (Math.Max(Norm(truth), one.HasOnlyRoundingIn(what) ? 50 : one.Normalises ? 20 : 0.5), Math.Min(Norm(truth - ours), Norm(torchs! - ours)));
                if (apart <= Share * norm) continue;

                // A normalisation of nearly equal values loses digits in 32 bits, torch's too.
                hard++;
                Assert.True(apart <= 4 * Norm(truth - torchs!), $"{one}: {what} is {apart:G3} from the truth of norm {norm:G3}, torch's {Norm(truth - torchs!):G3}");
            }
        }

        // The cases are what they are said to be.
        Assert.True(empty > 0 && learning > empty);
        Assert.InRange(hard, 0, 0.01 * compared);
    }

    /// <summary>The output and every gradient: in 64 bits, as torch has them in 32, and as ours are.</summary>
    private static List<(string What, Tensor? Truth, Tensor? Torchs, Tensor? Ours)> Run(ConvolutionCase one)
    {
        var before = one.BeforeRelu();
        var runs = new List<List<(string What, Tensor? Value)>>();
        for (var run = 0; run < 3; run++)
        {
            var type = run == 0 ? ScalarType.Float64 : ScalarType.Float32;
            var model = one.Model(type);
            if (run == 2)
            {
                var report = SparseTorch.Convert(model);
                Assert.All(report.Parts, part => Assert.Equal(ConversionKind.Stretch, part.Kind));
                model = report.Model;
            }

            // libtorch's own 32-bit convolution ends the process with some tensors that lie otherwise: it gets plain ones.
            var (leaf, x) = one.Input(type);
            if (run == 1) x = x.contiguous();
            var y = model.call(x);
            var values = new List<(string, Tensor?)> { ("the output", y.detach()) };
            if (y.requires_grad)
            {
                var dy = one.OutputGradient(before, type);
                y.backward([run == 1 ? dy.contiguous() : dy]);
                values.Add(("the gradient of x", leaf.grad));
                values.AddRange(model.named_parameters().Select(entry => ($"the gradient of {entry.name}", entry.parameter.grad)));
            }

            values.AddRange(model.named_buffers().Select(entry => (entry.name, (Tensor?)entry.buffer.clone())));
            runs.Add(values);
            GC.KeepAlive(model);
        }

        Assert.Equal(runs[0].Select(value => value.What), runs[2].Select(value => value.What));
        return [.. Enumerable.Range(0, runs[0].Count).Select(i => (runs[0][i].What, runs[0][i].Value, runs[1][i].Value, runs[2][i].Value))];
    }

    private static double Norm(Tensor tensor) => tensor.detach().to(ScalarType.Float64).square().sum().sqrt().item<double>();
}
