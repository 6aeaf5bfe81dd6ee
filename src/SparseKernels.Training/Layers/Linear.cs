namespace SparseKernels.Training.Layers;

/// <summary>
/// Fully connected layer <c>y[n,k] = bias[k] + Σ_i x[n,i] · w[k,i]</c>, where i runs over C, H and W of the input in that order, as
/// after PyTorch's <c>flatten</c>; <c>weight [K, C·H·W]</c> and <c>bias [K]</c> as <c>nn.Linear</c> keeps them.
/// </summary>
/// <remarks>
/// It runs as a convolution whose filter covers the whole image: weights <c>[K, C, H, W]</c> are the same numbers in the same order,
/// so nothing is flattened.
/// </remarks>
public sealed class Linear : Layer
{
    private readonly FeatureShape _input;
    private readonly Conv2d _convolution;

    /// <summary>Makes a fully connected layer.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="input">The sizes of one image of the input; C×1×1 after a pooling over the whole image.</param>
    /// <param name="outputs">Outputs K.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <exception cref="ArgumentException">A size is under 1 or too large.</exception>
    public Linear(string name, FeatureShape input, int outputs, bool bias = true)
        : base(name)
    {
        _input = input;
        _convolution = new Conv2d(
            name, input.Channels, outputs, new Size2D(input.Height, input.Width), stride: 1, padding: 0, dilation: 1, groups: 1, bias,
            fanOutNormal: false, weightShape: [outputs, input.Length]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _convolution.Parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<LayerTiming> Timings => _convolution.Timings;

    internal override BlockedTensor Forward(BlockedTensor x, bool training) => _convolution.Forward(x, training);

    internal override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient) => _convolution.Backward(dy, wantsInputGradient);

    private protected override FeatureShape Allocate(FeatureShape input)
    {
        if (input != _input) throw new ArgumentException($"{Name} takes {_input}, but the layer before it gives {input}.", nameof(input));
        return _convolution.Build(input, Workspace);
    }

    private protected override void Release() => _convolution.Dispose();
}
