using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Folding;

public class FoldedGraphTests
{
    private static readonly FeatureShape s_image = new(3, 6, 6);

    [Fact]
    public void Live_OfConvolutions_HasOwnWeightsWhereANormalisationIsFoldedAlone()
    {
        Layer[] layers = [new Conv2d("conv1", 3, 4, 3), new BatchNorm2d("bn", 4, relu: true), new Conv2d("conv2", 4, 5, 1), new Relu("relu")];
        using var folded = Fold(layers);
        Assert.Equal(["conv1", "conv2"], folded.Graph.Layers.Select(layer => layer.Name));
        Assert.NotSame(layers[0].Parameters[0], folded.Graph.Layers[0].Parameters[0]);
        Assert.Same(layers[2].Parameters[0], folded.Graph.Layers[1].Parameters[0]);
    }

    [Fact]
    public void Update_BehindChangesOfWeightsAndStatistics_FoldsThemAnew()
    {
        Layer[] layers = [new Conv2d("conv", 3, 4, 3), new BatchNorm2d("bn", 4, epsilon: 1e-3f)];
        using var folded = Fold(layers);
        var (weight, bias, scale, shift) = (layers[0].Parameters[0], layers[0].Parameters[1], layers[1].Parameters[0], layers[1].Parameters[1]);
        var (mean, variance) = (layers[1].Buffers[0].Values, layers[1].Buffers[1].Values);
        Assert.False(folded.IsCurrent);
        Action[] changes =
        [
            () => { }, () => weight.Values.Fill(3), () => bias.Values.Fill(2), () => scale.Values[1] = 5, () => shift.Values[2] = 7, () => mean[3] = 11,
            () => variance[0] = 4,
        ];
        foreach (var change in changes)
        {
            change();
            foreach (var parameter in (ReadOnlySpan<Training.Parameters.Parameter>)[weight, bias, scale, shift]) parameter.Touch();
            Assert.False(folded.IsCurrent);
            var before = folded.Version;
            folded.Update();
            Assert.True(folded.IsCurrent);
            Assert.True(folded.Version > before);
            var own = folded.Graph.Layers[0].Parameters;
            for (var k = 0; k < 4; k++)
            {
                var s = scale.Value[k] / Math.Sqrt(variance[k] + (double)1e-3f);
                Assert.Equal(weight.Value[27 * k] * s, own[0].Value[27 * k], 1e-5);
                Assert.Equal(((bias.Value[k] - mean[k]) * s) + shift.Value[k], own[1].Value[k], 1e-5);
            }
        }
    }

    [Fact]
    public void IsCurrent_StatisticsWrittenWithoutAWord_SaysNo()
    {
        Layer[] layers = [new Conv2d("conv", 3, 4, 3), new BatchNorm2d("bn", 4)];
        using var folded = Fold(layers);
        folded.Update();
        var (version, own) = (folded.Version, folded.Graph.Layers[0].Parameters[0].Version);
        folded.Update();
        Assert.Equal((version, own), (folded.Version, folded.Graph.Layers[0].Parameters[0].Version));
        layers[1].Buffers[1].Values[3] = 9;
        Assert.False(folded.IsCurrent);
        folded.Update();
        Assert.True(folded.IsCurrent);
        Assert.NotEqual((version, own), (folded.Version, folded.Graph.Layers[0].Parameters[0].Version));
    }

    private static FoldedGraph Fold(Layer[] layers)
    {
        var builder = new GraphBuilder();
        return InferenceFolding.Live(builder.Build(builder.AddRow(layers, builder.Input(s_image))));
    }
}
