using SparseKernels.Pruning;
using SparseKernels.Sparsity;
using Xunit;

namespace SparseKernels.Tests.Support;

/// <summary>Layers with weights, gradients and momenta, in a pruning unit.</summary>
internal sealed class PruningCase
{
    public PruningCase(IPruningStrategy strategy, int threads = 2) => Unit = new PruningUnit(strategy, threads);

    public PruningUnit Unit { get; }

    public List<float[]> Weights { get; } = [];

    public List<float[]> Gradients { get; } = [];

    public List<float[]> Momenta { get; } = [];

    /// <summary>One layer, pruned once by thresholds, with momenta of 1 everywhere.</summary>
    public static PruningCase Pruned(
        int[] sizes, float[] weights, LayerThresholds thresholds, CoarseGroup? group = null, float[]? factors = null, int groups = 1)
    {
        var run = new PruningCase(new ScriptedStrategy { Before = (_, layers) => layers[0].PruneBelow(thresholds, factors) });
        var layer = run.Add(sizes, weights, group, groups);
        var changed = run.Unit.Step();
        Assert.Equal(layer.Sparsity > 0, changed);
        return run;
    }

    public PrunedLayer Add(int[] sizes, float[] weights, CoarseGroup? group = null, int groups = 1)
    {
        Weights.Add([.. weights]);
        Gradients.Add(new float[weights.Length]);
        Momenta.Add([.. Enumerable.Repeat(1f, weights.Length)]);
        return Unit.Register($"layer{Weights.Count}", sizes, Weights[^1], Gradients[^1], Momenta[^1], groups, group);
    }

    /// <summary>
    /// The first layer keeps exactly the weights expected, with their values; all others are zero in weight, momentum and mask.
    /// </summary>
    public void ExpectKept(float[] before, Func<int, bool> kept)
    {
        var mask = Unit.Layers[0].Mask;
        for (var i = 0; i < before.Length; i++)
        {
            Assert.True(kept(i) == mask[i], $"weight {i}, {before[i]}: expected {(kept(i) ? "kept" : "pruned")}");
            Assert.True(
                Weights[0][i].Equals(kept(i) ? before[i] : 0f), $"weight {i}: expected {(kept(i) ? before[i] : 0f)}, got {Weights[0][i]}");
            Assert.Equal(kept(i) ? 1f : 0f, Momenta[0][i]);
        }
    }
}
