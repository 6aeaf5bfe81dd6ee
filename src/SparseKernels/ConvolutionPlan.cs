using SparseKernels.Reference;

namespace SparseKernels;

/// <summary>
/// One convolution shape with everything that is worth preparing once: the kernels chosen, the partition and scratch memory.
/// Make it once and run it often; after the first call of a pass nothing is allocated. Safe to use from several threads at once.
/// </summary>
public sealed class ConvolutionPlan : IDisposable
{
    /// <summary>Prepares a convolution.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="options">Threads and instruction set; the machine's best by default.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="PlatformNotSupportedException">The options ask for an instruction set that this process can't run.</exception>
    public ConvolutionPlan(ConvolutionShape shape, ConvolutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        Options = options ?? new ConvolutionOptions();
        if (!InstructionSet.IsAvailable(Options.InstructionSet))
            throw new PlatformNotSupportedException($"options ask for {InstructionSet.NameOf(Options.InstructionSet)}; available: {string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf))}.");
    }

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>Threads and instruction set.</summary>
    public ConvolutionOptions Options { get; }

    /// <summary>Makes an empty holder for this plan's weights; fill it with <see cref="PackedWeights.Update"/>.</summary>
    /// <returns>The holder, to be disposed by the caller.</returns>
    public PackedWeights CreatePackedWeights() => new(this);

    /// <summary>A channel-blocked tensor of the input's sizes <c>[N, C, H, W]</c>.</summary>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    public BlockedTensor CreateInput() => new(Shape.N, Shape.C, Shape.H, Shape.W);

    /// <summary>A channel-blocked tensor of the output's sizes <c>[N, K, P, Q]</c>.</summary>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    public BlockedTensor CreateOutput() => new(Shape.N, Shape.K, Shape.P, Shape.Q);

    /// <summary><c>y = x ∗ w + bias</c>, plain tensors.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y) =>
        ReferenceConvolution.Forward(Shape, x, w, bias, y);

    /// <summary><c>dx</c>, plain tensors.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    public void BackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx) =>
        ReferenceConvolution.BackwardData(Shape, dy, w, dx);

    /// <summary><c>dw</c> and <c>dbias</c>, plain tensors.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    public void BackwardWeights(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias) =>
        ReferenceConvolution.BackwardWeights(Shape, x, dy, dw, dbias);

    /// <summary><c>y = x ∗ w + bias</c>, blocked tensors.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    public void Forward(BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y)
    {
        var output = new float[Shape.OutputLength];
        Forward(Plain(x), w.Plain, bias, output);
        y.CopyFromNchw(output);
    }

    /// <summary><c>dx</c>, blocked tensors.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    public void BackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx)
    {
        var output = new float[Shape.InputLength];
        BackwardData(Plain(dy), w.Plain, output);
        dx.CopyFromNchw(output);
    }

    /// <summary><c>dw</c> and <c>dbias</c>, blocked tensors in and plain gradients out.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    public void BackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias) =>
        BackwardWeights(Plain(x), Plain(dy), dw, dbias);

    /// <summary>Frees scratch memory. Calling it again does nothing.</summary>
    public void Dispose()
    {
    }

    private static float[] Plain(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }
}
