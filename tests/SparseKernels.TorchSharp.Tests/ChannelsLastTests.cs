using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class ChannelsLastTests
{
    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 5)]
    [InlineData(true, 33)]
    [InlineData(false, 33)]
    public void Stretch_ChannelsLast_GivesTensorsThatLieAsTorchs(bool trains, int batch)
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(
            Conv2d(6, 20, 3, padding: 1), BatchNorm2d(20), ReLU(), MaxPool2d(2), Conv2d(20, 17, 3)));
        var converted = SparseTorch.Convert(other).Model;
        plain.train(trains);
        converted.train(trains);
        foreach (var gradientIsChannelsLast in (bool[])[true, false])
        {
            using var dy = Torch.Noise(7, batch, 3, 2, 17);
            var given = gradientIsChannelsLast ? dy.permute(0, 3, 1, 2) : dy.permute(0, 3, 1, 2).contiguous();
            var (theirs, ours) = (Run(plain, batch, given), Run(converted, batch, given));
            Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(ours[0]));
            for (var i = 0; i < theirs.Count; i++)
            {
                // Not those of weights, which torch lays out as it likes.
                if (i < 2) Assert.Equal(theirs[i].stride(), ours[i].stride());
                Torch.Close(theirs[i], ours[i], 5e-4, i == 0 ? "the output" : $"gradient {i}");
            }

            Torch.SameState(plain, converted, 1e-4);
        }

        using var grad = no_grad();
        using var x = ChannelsLast(batch);
        var (y, z) = (plain.call(x), converted.call(x));
        Assert.Equal(y.stride(), z.stride());
        Torch.Close(y, z, 5e-4, "inference");
    }

    [Fact]
    public void Stretch_ChannelsLastIntoRows_GivesRows()
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(Conv2d(6, 8, 3), ReLU(), Flatten(), Linear(8 * 9 * 7, 3)));
        var converted = SparseTorch.Convert(other).Model;
        using var dy = Torch.Noise(7, 4, 3);
        var (theirs, ours) = (Run(plain, 4, dy), Run(converted, 4, dy));
        for (var i = 0; i < theirs.Count; i++) Torch.Close(theirs[i], ours[i], 5e-4, i == 0 ? "the output" : $"gradient {i}");
        Assert.Equal(theirs[1].stride(), ours[1].stride());
        using var grad = no_grad();
        Torch.Close(plain.call(ChannelsLast(4)), converted.call(ChannelsLast(4)), 5e-4, "inference");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void ChannelsLast_InputsOfAnyLayout_GivesOutputsThatLieSo(bool oneByOne, bool inputIsChannelsLast)
    {
        Torch.Need();
        var (plain, other) = Models.Pair(() => Sequential(
            Conv2d(6, 20, 3, padding: 1), BatchNorm2d(20), ReLU(), MaxPool2d(2), Conv2d(20, 17, 3)));
        var converted = SparseTorch.Convert(other, new SparseTorchOptions { ChannelsLast = true, OneByOne = oneByOne }).Model;
        using var dy = Torch.Noise(7, 5, 17, 3, 2);
        var (theirs, ours) = (Run(plain, 5, dy, inputIsChannelsLast), Run(converted, 5, dy, inputIsChannelsLast));
        Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(ours[0]));
        Assert.Equal(theirs[1].stride(), ours[1].stride());
        for (var i = 0; i < theirs.Count; i++) Torch.Close(theirs[i], ours[i], 5e-4, i == 0 ? "the output" : $"gradient {i}");
        Torch.SameState(plain, converted, 1e-4);
        using var grad = no_grad();
        foreach (var model in (TensorModule[])[plain, converted]) model.eval();
        using var x = Input(5, inputIsChannelsLast);
        var (y, z) = (plain.call(x), converted.call(x));
        Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(z));
        Torch.Close(y, z, 5e-4, "inference");
    }

    [Fact]
    public void ChannelsLast_ModuleOfItsOwn_GivesOutputsThatLieSo()
    {
        Torch.Need();
        using var convolution = new SparseConv2d(3, 8, 3, options: new SparseTorchOptions { ChannelsLast = true });
        using var y = convolution.call(Torch.Noise(1, 2, 3, 7, 6));
        Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(y));
        Assert.Equal([2L, 8, 5, 4], y.shape);
    }

    [Fact]
    public void LayoutOf_AnyTensor_SaysHowItLies()
    {
        Torch.Need();
        using var plain = Torch.Noise(1, 2, 5, 4, 3);
        Assert.Equal(PlainLayout.Nchw, TensorMemory.LayoutOf(plain));
        Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(plain.permute(0, 3, 1, 2)));
        Assert.Null(TensorMemory.LayoutOf(plain.transpose(2, 3)));
        Assert.Null(TensorMemory.LayoutOf(plain[.., TensorIndex.Slice(step: 2)]));
        Assert.Null(TensorMemory.LayoutOf(plain.permute(0, 3, 1, 2)[TensorIndex.Slice(0, 1), TensorIndex.Slice(0, 2)]));
        Assert.Null(TensorMemory.LayoutOf(Torch.Noise(1, 5, 4).t()));
        Assert.Null(TensorMemory.LayoutOf(Torch.Noise(1, 1, 4, 3, 5).permute(0, 3, 1, 2).expand(2, 5, 4, 3)));

        // One channel, or one image, leaves no choice.
        Assert.Equal(PlainLayout.Nchw, TensorMemory.LayoutOf(Torch.Noise(1, 2, 4, 3, 1).permute(0, 3, 1, 2)));
        Assert.Equal(PlainLayout.Nhwc, TensorMemory.LayoutOf(plain.permute(0, 3, 1, 2)[TensorIndex.Slice(1, 2)]));
        var last = plain.permute(0, 3, 1, 2);
        Assert.Equal(Torch.Values(plain), TensorMemory.Floats(last, PlainLayout.Nhwc).ToArray());
    }

    private static Tensor ChannelsLast(int batch) => Torch.Noise(1, batch, 11, 9, 6).permute(0, 3, 1, 2);

    private static Tensor Input(int batch, bool isChannelsLast) => isChannelsLast ? ChannelsLast(batch) : ChannelsLast(batch).contiguous();

    /// <summary>The output and the gradients of input and parameters.</summary>
    private static List<Tensor> Run(TensorModule model, int batch, Tensor dy, bool isChannelsLast = true)
    {
        var x = Input(batch, isChannelsLast).detach().requires_grad_();
        var y = model.call(x);
        return [y.detach(), .. autograd.grad([y], [x, .. model.parameters()], [dy])];
    }
}
