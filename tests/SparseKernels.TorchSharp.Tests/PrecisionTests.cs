using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Tests;

[Collection(SoloCollection.Name)]
public class PrecisionTests
{
    private const double Share = 1e-5;

    /// <summary>
    /// One gradient in a few is 1e-3 from 64 bits, torch's own as ours: there rounding opened a ReLU that is shut in 64 bits, or the other way round.
    /// With few activations that is rare, so most images show what rounding does without it; a wrong kernel would show in all of them.
    /// </summary>
    [Fact]
    public void Convert_Resnet50InInference_IsFrom64BitsByRoundingAlone()
    {
        Torch.Need();
        var worst = new List<double>();
        for (var seed = 0; seed < 3; seed++)
        {
            using var scope = NewDisposeScope();
            var (plain, other) = Models.Pair<TensorModule>(() => torchvision.models.resnet50(num_classes: 7));
            plain.to(ScalarType.Float64);
            SparseTorch.Convert(other);
            var (truth, ours) = (Run(plain, ScalarType.Float64, seed), Run(other, ScalarType.Float32, seed));
            double[] apart = [.. truth.Zip(ours, (a, b) => Norm(a - b) / Norm(a))];
            Assert.True(apart[0] <= Share, $"seed {seed}: the output is {apart[0]:G3} from the truth");
            worst.Add(apart.Max());
        }

        Assert.True(worst.Min() <= Share, $"gradients are {string.Join(", ", worst.Select(value => $"{value:G3}"))} from the truth");
    }

    /// <summary>The output, the input's gradient and the parameters'.</summary>
    private static List<Tensor> Run(TensorModule model, ScalarType type, int seed)
    {
        model.eval();
        var x = Torch.Noise(seed, 1, 3, 32, 32).to(type).requires_grad_();
        var y = model.call(x);
        y.backward([Torch.Noise(77, y.shape).to(type)]);
        return [y.detach(), x.grad!, .. model.parameters().Select(parameter => parameter.grad!.clone())];
    }

    private static double Norm(Tensor tensor) => tensor.to(ScalarType.Float64).square().sum().sqrt().item<double>();
}
