using SparseKernels.Training.Tensors;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Networks;

/// <summary>
/// What the outputs of a network are for a batch, for a loss of one's own to read, and the place for its gradients. It is the network's and
/// lasts until the loss returns.
/// </summary>
public sealed class OutputValues
{
    private readonly IReadOnlyList<NamedShape> _outputs;
    private readonly float[][] _values;
    private readonly float[][] _gradients;

    internal OutputValues(IReadOnlyList<NamedShape> outputs, int images)
    {
        (_outputs, Images) = (outputs, images);
        _values = [.. outputs.Select(output => new float[images * output.Image.Length])];
        _gradients = [.. outputs.Select(output => new float[images * output.Image.Length])];
    }

    /// <summary>Images N in the batch.</summary>
    public int Images { get; }

    /// <summary>An output.</summary>
    /// <param name="output">Its name.</param>
    /// <returns><c>y</c>, <c>[N, C, H, W]</c>.</returns>
    /// <exception cref="ArgumentException">There is no such output.</exception>
    public ReadOnlySpan<float> Values(string output) => _values[IndexOf(_outputs, output, nameof(output))];

    /// <summary>The place for the gradient of the loss L with respect to an output, zero at first. What is left zero costs nothing on the way back.</summary>
    /// <param name="output">Its name.</param>
    /// <returns><c>dL/dy</c>, <c>[N, C, H, W]</c>, to be written.</returns>
    /// <exception cref="ArgumentException">There is no such output.</exception>
    public Span<float> Gradient(string output) => _gradients[IndexOf(_outputs, output, nameof(output))];

    /// <summary>The place of an output among all.</summary>
    /// <exception cref="ArgumentException">There is no such output.</exception>
    internal static int IndexOf(IReadOnlyList<NamedShape> outputs, string name, string argument)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == name) return i;
        }

        throw new ArgumentException($"{argument} must be {string.Join(" or ", outputs.Select(output => $"'{output.Name}'"))}, got '{name}'.", argument);
    }

    /// <summary>Takes the outputs of a Forward and clears the gradients.</summary>
    /// <returns>What it moves.</returns>
    internal LayerTraffic Take(BuiltNetwork network)
    {
        var moved = default(LayerTraffic);
        for (var i = 0; i < _values.Length; i++)
        {
            var output = network.Output(i);
            output.CopyToNchw(_values[i]);
            Array.Clear(_gradients[i]);
            moved += LayerTraffic.Reading(output) + new LayerTraffic(0, 2L * _values[i].Length * sizeof(float));
        }

        return moved;
    }

    /// <summary>Hands the gradients that are not all zero over for a network's next Backward.</summary>
    /// <returns>What it moves.</returns>
    internal LayerTraffic Give(BuiltNetwork network)
    {
        var moved = default(LayerTraffic);
        for (var i = 0; i < _gradients.Length; i++)
        {
            if (_gradients[i].AsSpan().IndexOfAnyExcept(0f) < 0) continue;
            var gradient = network.Workspace.Gradients.RentLike(network.Output(i));
            gradient.CopyFromNchw(_gradients[i], network.Workspace.Topology);
            network.Give(i, gradient);
            moved += new LayerTraffic((long)_gradients[i].Length * sizeof(float), 0) + LayerTraffic.Writing(gradient);
        }

        return moved;
    }
}
