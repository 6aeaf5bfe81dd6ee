using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class GroupNormTests
{
    /// <summary>
    /// TorchSharp 0.107 makes the parameters of a GroupNorm by <c>torch.empty</c> and leaves them so: what its users see as NaN now and then. PyTorch has
    /// ones and zeros. Should this fail, TorchSharp sets them by now, and our README can stop warning.
    /// </summary>
    [Fact]
    public void NewGroupNorm_OfTorchSharp_HasWhateverLayInItsMemory()
    {
        Torch.Need();
        var unset = 0;
        for (var i = 0; i < 20; i++)
        {
            // Freed memory is given out again.
            for (var j = 0; j < 4; j++) full([48], float.NaN, ScalarType.Float32).Dispose();
            using var norm = GroupNorm(4, 48);
            if (Torch.Values(norm.weight).Any(value => value != 1) || Torch.Values(norm.bias!).Any(value => value != 0)) unset++;
        }

        Assert.True(unset > 0, "GroupNorm has ones and zeros at first");
    }

    [Fact]
    public void Convert_GeneratedGroupNorms_GiveWhatTorchGives()
    {
        Torch.Need();
        var seed = unchecked((int)TestSeed.Value) & 0xFFFFFF;
        for (var i = 0; i < TestScale.Cases(80); i++)
        {
            var random = new Random(seed + i);
            var (groups, channels) = (random.Next(1, 5), random.Next(1, 9));
            channels *= groups;
            var (frozen, eps) = (random.Next(4), random.Next(2) == 0 ? 1e-5 : 1e-3);
            var relu = random.Next(2) == 0;
            var (plain, other) = Models.Pair(() => Sequential(
                Conv2d(3, channels, 3, padding: 1), Models.Set(GroupNorm(groups, channels, eps)), relu ? ReLU() : Identity(), Conv2d(channels, 5, 2)));
            var report = SparseTorch.Convert(other);
            Assert.Equal(ConversionKind.Stretch, Assert.Single(report.Parts).Kind);
            foreach (var model in (TensorModule[])[plain, report.Model])
                foreach (var (name, parameter) in model.named_parameters()) parameter.requires_grad = frozen > 1 || name.EndsWith(frozen == 0 ? "weight" : "bias", StringComparison.Ordinal);
            using var x = Torch.Noise(seed + i, random.Next(1, 20), 3, random.Next(3, 9), random.Next(3, 9));
            try
            {
                // A group of few elements that are nearly alike is rounding times up to 1/√ε, in torch too.
                Torch.SameStep(plain, report.Model, x, 1e-3);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed + i}: {groups} groups of {channels} on {string.Join("x", x.shape)}, frozen {frozen}, eps {eps}, relu {relu}", e);
            }
        }
    }
}
