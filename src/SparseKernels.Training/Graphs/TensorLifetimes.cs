using SparseKernels.Tensors;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// Which layers of a graph read each tensor: so whether a layer may write its input, and from when on an inference network may write other
/// tensors to the same memory. Asked while the layers are built in their order.
/// </summary>
/// <param name="placed">The layers.</param>
/// <param name="outputs">What the graph gives out.</param>
/// <param name="mayWriteInput">Whether nobody else reads the graph's input.</param>
internal sealed class TensorLifetimes(PlacedLayer[] placed, GraphOutput[] outputs, bool mayWriteInput)
{
    private readonly int[] _readers = Count(placed, outputs);
    private readonly IReadOnlyList<BlockedTensor>[] _made = new IReadOnlyList<BlockedTensor>[placed.Length];

    /// <summary>How many layers read a tensor, one of them perhaps twice; whoever reads an output of the graph counts as one.</summary>
    public int Readers(int tensor) => _readers[tensor];

    /// <summary>Whether the only reader of a tensor may write it: the memory is nobody else's, and its writer doesn't need it for Backward.</summary>
    public bool MayOverwrite(int tensor)
    {
        if (_readers[tensor] > 1) return false;
        if (tensor == 0) return mayWriteInput;
        var writer = placed[tensor - 1];
        return !writer.Layer.KeepsOutput && (!writer.Layer.SharesInput || MayOverwrite(writer.Inputs[0]));
    }

    /// <summary>The tensors that a layer which is built writes, of a workspace whose tensors are used again.</summary>
    public IReadOnlyList<BlockedTensor> MadeBy(int layer) => _made[layer];

    /// <summary>Gives back the tensors that nobody reads behind a layer, which was just built.</summary>
    /// <param name="built">The layer.</param>
    /// <param name="workspace">Where its tensors are from.</param>
    public void Release(int built, Workspace workspace)
    {
        _made[built] = workspace.TakeMade();
        for (var i = 0; i <= built; i++)
        {
            if (LastReader(i + 1, built) != built) continue;
            foreach (var tensor in _made[i]) workspace.Reuse(tensor);
        }
    }

    /// <summary>The last layer that reads a tensor's memory, as far as the layers are built; the layer count if the graph gives it out.</summary>
    private int LastReader(int tensor, int built)
    {
        if (Array.Exists(outputs, output => output.Tensor == tensor)) return placed.Length;
        var last = tensor - 1;
        for (var i = tensor; i < placed.Length; i++)
        {
            if (!placed[i].Inputs.Contains(tensor)) continue;
            last = Math.Max(last, i);

            // What shares the memory is read by others in turn.
            if (i <= built && placed[i].Layer.SharesInput && placed[i].Inputs[0] == tensor) last = Math.Max(last, LastReader(i + 1, built));
        }

        return last;
    }

    private static int[] Count(PlacedLayer[] placed, GraphOutput[] outputs)
    {
        var readers = new int[placed.Length + 1];
        foreach (var tensor in placed.SelectMany(at => at.Inputs)) readers[tensor]++;
        foreach (var output in outputs) readers[output.Tensor]++;
        return readers;
    }
}
