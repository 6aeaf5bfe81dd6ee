using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Support;

/// <summary>Layers as networks have them, images and batch cut to what the reference can afford.</summary>
internal static class ConvolutionLayers
{
    private static readonly Dictionary<string, ConvolutionShape> s_layers = new()
    {
        ["64 to 64, 28x7, 3x3"] = new(1, 64, TestScale.Size(7), 28, 64, 3, 3, padding: 1),
        ["256 to 64, 14x4, 3x3"] = new(1, 256, TestScale.Size(4), 14, 64, 3, 3, padding: 1),
        ["64 to 256, 7x7, 3x3"] = new(1, 64, TestScale.Size(7), 7, TestScale.Size(256), 3, 3, padding: 1),
        ["256 to 256, 14x7, 1x1"] = new(1, TestScale.Size(256), TestScale.Size(7), 14, 256, 1, 1),
        ["64 to 128, 28x14, 3x3, stride 2"] = new(1, 64, TestScale.Size(14), 28, 128, 3, 3, stride: 2, padding: 1),
        ["3 to 64, 32x32, 3x3"] = new(2, 3, TestScale.Size(32), 32, 64, 3, 3, padding: 1),
        ["3 to 64, 56x28, 7x7, stride 2"] = new(1, 3, TestScale.Size(28), 56, 64, 7, 7, stride: 2, padding: 3),
        ["depthwise 128, 28x28, 3x3"] = new(2, 128, TestScale.Size(28), 28, 128, 3, 3, padding: 1, groups: 128),
        ["depthwise 96, 28x28, 3x3, stride 2"] = new(2, 96, TestScale.Size(28), 28, 96, 3, 3, stride: 2, padding: 1, groups: 96),
        ["32 groups, 128 to 128, 14x14, 3x3"] = new(2, 128, TestScale.Size(14), 14, 128, 3, 3, padding: 1, groups: 32),
        ["64 to 128, 28x28, 1x1, stride 2"] = new(2, 64, TestScale.Size(28), 28, 128, 1, 1, stride: 2),
        ["1 to 6, 28x28, 5x5"] = new(17, 1, TestScale.Size(28), 28, 6, 5, 5, padding: 2),
        ["16 to 16, 32x8, 3x3, batch 16"] = new(16, 16, TestScale.Size(8), 32, 16, 3, 3, padding: 1),
        ["atrous 64 to 64, 17x9, 3x3, dilation 2"] = new(1, 64, TestScale.Size(9), 17, 64, 3, 3, padding: 2, dilation: 2),
        ["as linear, 512 to 10, 1x1"] = new(16, 512, 1, 1, 10, 1, 1),
        ["valid 5x5 that ends in one pixel, 16 to 120"] = new(33, 16, 5, 5, TestScale.Size(120), 5, 5),
    };

    /// <summary>For theories.</summary>
    public static TheoryData<string> Names { get; } = new(s_layers.Keys);

    /// <summary>The layer's shape with dense operands.</summary>
    public static ConvolutionCase Case(string name) => new(s_layers[name], 1, 1, 1, Seed: 7);

    /// <summary>All shapes.</summary>
    public static IReadOnlyDictionary<string, ConvolutionShape> All => s_layers;
}
