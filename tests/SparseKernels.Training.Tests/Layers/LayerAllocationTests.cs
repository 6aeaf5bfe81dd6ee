using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

[Collection(SoloCollection.Name)]
public class LayerAllocationTests
{
    private const int Batch = 3;
    private static readonly FeatureShape s_input = new(18, 6, 7);

    private static readonly Dictionary<string, Func<Layer>> s_layers = new()
    {
        ["SiLU"] = () => new Silu("f"),
        ["softmax"] = () => new Softmax("f"),
        ["group normalisation"] = () => new GroupNorm("f", 3, 18),
        ["maximum"] = () => new MaxPool2d("f", 3, 2, 1, 2, ceilMode: true),
        ["mean, adaptive"] = () => new AdaptiveAvgPool2d("f", 4),
        ["transposed convolution"] = () => new ConvTranspose2d("f", 18, 5, 3, 2),
        ["nearest"] = () => Upsample2d.ByScale("f", 2, 2),
        ["bilinear"] = () => Upsample2d.ByScale("f", 2, 2, UpsampleMode.Bilinear),
        ["padding"] = () => new Pad2d("f", 1, PadMode.Reflect),
        ["flatten"] = () => new Flatten("f"),
    };

    public static TheoryData<string, BlockedLayout> Cases { get; } =
        new(from name in s_layers.Keys from layout in TrainingLayouts.All select (name, layout));

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_AfterTheFirst_AllocateNothing(string name, BlockedLayout layout)
    {
        using var layer = s_layers[name]();
        using var workspace = new Workspace(
            Batch, ComputeTopology.FromThreads(2), 1, layout: layout, border: layout == BlockedLayout.BatchBlocked ? layer.Border : 0);
        using var x = workspace.CreateTensor(s_input);
        var output = layer.Build(s_input, workspace);
        Assert.Equal(0, Allocations.Least(() =>
        {
            layer.Forward(x, training: true);
            var dy = workspace.Gradients.Rent(Batch, output.Channels, output.Height, output.Width);
            workspace.Gradients.Return(layer.Backward(dy, wantsInputGradient: true)!);
        }));
    }
}
