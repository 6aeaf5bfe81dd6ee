using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using Xunit;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public class SparseTorchGeneratedTests
{
    private const int Cases = 150;

    [Fact]
    public void Convert_GeneratedRows_GiveWhatTorchGives()
    {
        Torch.Need();
        var seed = unchecked((int)TestSeed.Value) & 0xFFFFFF;
        for (var i = 0; i < TestScale.Cases(Cases); i++)
        {
            var random = new Random(seed + i);
            var x = Torch.Noise(seed + i, random.Next(2, 20), random.Next(1, 20), random.Next(4, 14), random.Next(4, 14));
            var layers = random.Next(1, 7);
            var state = random.Next();
            var (plain, other) = Models.Pair(() => Row(new Random(state), layers, x.shape));
            var report = SparseTorch.Convert(other);
            var trains = random.Next(4) > 0;
            plain.train(trains);
            report.Model.train(trains);
            if (random.Next(3) == 0) x = x.permute(0, 1, 3, 2).contiguous().permute(0, 1, 3, 2);
            Check(() => Torch.SameStep(plain, report.Model, x, 2e-3), $"seed {seed + i}: {Text(plain)} on {string.Join("x", x.shape)}");
        }
    }

    private static void Check(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(what, e);
        }
    }

    private static TorchModules.Sequential Row(Random random, int layers, long[] sizes)
    {
        var row = new List<TensorModule>();
        var (c, h, w) = (sizes[1], sizes[2], sizes[3]);
        for (var i = 0; i < layers; i++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    var groups = random.Next(3) == 0 ? c : 1;
                    var outputs = groups * random.Next(1, groups == 1 ? 30 : 3);
                    var (kernel, stride, padding) = (random.Next(1, 4), random.Next(1, 3), random.Next(0, 2));
                    row.Add(Conv2d(c, outputs, kernel, stride, padding, dilation: 1, groups: groups, bias: random.Next(2) == 0));
                    (c, h, w) = (outputs, ((h + (2 * padding) - kernel) / stride) + 1, ((w + (2 * padding) - kernel) / stride) + 1);
                    if (random.Next(2) == 0) AddNorm(row, c);
                    break;
                case 2:
                    row.Add(random.Next(2) == 0 ? ReLU(row.LastOrDefault() is TorchModules.Conv2d or TorchModules.BatchNorm2d) : ReLU6());
                    break;
                case 3 when Math.Min(h, w) >= 4:
                    row.Add(random.Next(2) == 0 ? MaxPool2d(2) : MaxPool2d(3, stride: 2, padding: 1));
                    (h, w) = row[^1] is TorchModules.MaxPool2d { stride: null } or TorchModules.MaxPool2d { kernel_size: [2, ..] } ? (h / 2, w / 2) : ((h + 1) / 2, (w + 1) / 2);
                    break;
                case 4 when Math.Min(h, w) >= 4:
                    row.Add(AvgPool2d(2, ceil_mode: random.Next(2) == 0, count_include_pad: random.Next(2) == 0));
                    (h, w) = row[^1] is TorchModules.AvgPool2d { ceil_mode: true } ? ((h + 1) / 2, (w + 1) / 2) : (h / 2, w / 2);
                    break;
                default:
                    AddNorm(row, c);
                    break;
            }

            if (Math.Min(h, w) < 4) break;
        }

        if (random.Next(2) == 0) row.AddRange([AdaptiveAvgPool2d(2), Flatten(), Linear(c * 4, 6)]);
        return Sequential(row);
    }

    /// <summary>
    /// With a shift: two normalisations around a convolution without bias would leave exactly zero where its padding is, and rounding would say
    /// what a ReLU lets through. Behind a ReLU where a bias came before, whose gradient would be rounding alone.
    /// </summary>
    private static void AddNorm(List<TensorModule> row, long channels)
    {
        if (row.Any(module => module is TorchModules.Conv2d { bias: not null })) row.Add(ReLU());
        var norm = BatchNorm2d(channels);
        init.uniform_(norm.bias!, -1, 1);
        row.Add(norm);
    }

    private static string Text(TensorModule model) => string.Join(", ", model.children().Select(child => child is TorchModules.Conv2d conv
        ? $"conv {conv.in_channels}-{conv.out_channels} {conv.kernel_size[0]} s{conv.stride[0]} p{conv.padding![0]} g{conv.groups}" : child.GetName()));
}
