using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.DenseGradient;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The passes of a plan for one call: nobody frees them before it is disposed.</summary>
internal readonly unsafe ref struct PassesInUse(PlanPasses passes, Lifetime.Use use)
{
    private readonly Lifetime.Use _use = use;

    /// <summary>The borders that batch-blocked and planar tensors need to be read in place.</summary>
    public PlanBorders Borders => passes.Borders.Value;

    /// <summary>Those for tensors of a layout.</summary>
    public LayoutPasses Of(BlockedLayout layout) => passes.Of(layout);

    /// <summary>Forward on plain tensors.</summary>
    public void Forward(in ImageView x, in CallWeights weights, ReadOnlySpan<float> bias, in ImageView y, SparseOperands? sparse) =>
        Of(BlockedLayout.ChannelBlocked).Forward.Run(in x, in weights, bias, in y, sparse);

    /// <summary>Forward on blocked tensors, in the layout that they share.</summary>
    /// <returns>The layout that it ran in.</returns>
    public BlockedLayout Forward(
        BlockedTensor x, in CallWeights weights, ReadOnlySpan<float> bias, BlockedTensor y, SparseOperands? sparse, ChannelMoments? moments = null)
    {
        if (LayoutOf(ConvolutionPass.Forward, x, Borders.Input, y) is { } layout)
        {
            Of(layout).Forward.Run(ImageView.Of(x), in weights, bias, ImageView.Of(y), sparse, moments);
            return layout;
        }

        if (moments is not null) moments.AreTaken = false;

        using var rented = passes.Copies.Rent();
        var result = y.Layout == BlockedLayout.ChannelBlocked ? y : rented.Item.Output;
        Forward(ImageView.Of(ChannelBlockedCopies.Read(x, rented.Item.Input)), in weights, bias, ImageView.Of(result), sparse);
        if (result != y) result.CopyTo(y);
        return BlockedLayout.ChannelBlocked;
    }

    /// <summary>Forward on plain tensors whose channels lie side by side, which are packed straight into blocks.</summary>
    public void ForwardNhwc(float* x, in CallWeights weights, ReadOnlySpan<float> bias, float* y, SparseOperands? sparse)
    {
        using var rented = passes.Copies.Rent();
        var (input, output) = (rented.Item.Input, rented.Item.Output);
        NhwcConversion.Pack(x, input.N, input, passes.Machine.Topology);
        Forward(ImageView.Of(input), in weights, bias, ImageView.Of(output), sparse);
        NhwcConversion.Unpack(output, y, output.N, passes.Machine.Topology);
    }

    /// <summary>BackwardData on plain tensors whose channels lie side by side.</summary>
    public void BackwardDataNhwc(float* dy, in CallWeights weights, float* dx, SparseOperands? sparse)
    {
        using var rented = passes.Copies.Rent();
        var (input, output) = (rented.Item.Input, rented.Item.Output);
        NhwcConversion.Pack(dy, output.N, output, passes.Machine.Topology);
        BackwardData(ImageView.Of(output), in weights, ImageView.Of(input), sparse);
        NhwcConversion.Unpack(input, dx, input.N, passes.Machine.Topology);
    }

    /// <summary>BackwardWeights and the bias gradient of plain tensors whose channels lie side by side.</summary>
    public void BackwardWeightsNhwc(float* x, float* dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        using var rented = passes.Copies.Rent();
        var (input, output) = (rented.Item.Input, rented.Item.Output);
        NhwcConversion.Pack(x, input.N, input, passes.Machine.Topology);
        NhwcConversion.Pack(dy, output.N, output, passes.Machine.Topology);
        BackwardWeights(ImageView.Of(input), ImageView.Of(output), dw, dbias, sparse);
    }

    /// <summary>BackwardData on plain tensors.</summary>
    public void BackwardData(in ImageView dy, in CallWeights weights, in ImageView dx, SparseOperands? sparse) =>
        Of(BlockedLayout.ChannelBlocked).BackwardData.Run(in dy, in weights, [], in dx, sparse);

    /// <summary>BackwardData on blocked tensors, in the layout that they share.</summary>
    /// <returns>The layout that it ran in.</returns>
    public BlockedLayout BackwardData(BlockedTensor dy, in CallWeights weights, BlockedTensor dx, SparseOperands? sparse)
    {
        if (LayoutOf(ConvolutionPass.BackwardData, dy, Borders.Output, dx) is { } layout)
        {
            Of(layout).BackwardData.Run(ImageView.Of(dy), in weights, [], ImageView.Of(dx), sparse);
            return layout;
        }

        using var rented = passes.Copies.Rent();
        var result = dx.Layout == BlockedLayout.ChannelBlocked ? dx : rented.Item.Input;
        BackwardData(ImageView.Of(ChannelBlockedCopies.Read(dy, rented.Item.Output)), in weights, ImageView.Of(result), sparse);
        if (result != dx) result.CopyTo(dx);
        return BlockedLayout.ChannelBlocked;
    }

    /// <summary>BackwardWeights and the bias gradient, the latter where <paramref name="dbias"/> is not empty, of plain tensors.</summary>
    public void BackwardWeights(in ImageView x, in ImageView dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        Of(BlockedLayout.ChannelBlocked).BackwardWeights.Run(in x, in dy, dw, sparse);
        BiasOf(in dy, dbias);
    }

    /// <summary>The same on blocked tensors, in the layout that they share.</summary>
    /// <returns>The layout that it ran in.</returns>
    public BlockedLayout BackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        if (LayoutOf(ConvolutionPass.BackwardWeights, x, Borders.Input, dy) is { } layout)
        {
            Of(layout).BackwardWeights.Run(ImageView.Of(x), ImageView.Of(dy), dw, sparse);
            BiasOf(ImageView.Of(dy), dbias);
            return layout;
        }

        using var rented = passes.Copies.Rent();
        BackwardWeights(
            ImageView.Of(ChannelBlockedCopies.Read(x, rented.Item.Input)), ImageView.Of(ChannelBlockedCopies.Read(dy, rented.Item.Output)), dw, dbias,
            sparse);
        return BlockedLayout.ChannelBlocked;
    }

    /// <summary>Lets go of them.</summary>
    public void Dispose() => _use.Dispose();

    private void BiasOf(in ImageView dy, Span<float> dbias)
    {
        if (dbias.IsEmpty) return;
        fixed (float* bias = dbias) BiasGradient.Run(in dy, passes.Shape.N, bias, passes.Machine.Topology.Threads);
    }

    /// <summary>
    /// The layout that both tensors have; null where they have none, the border of what is read is too narrow, or the pass can't run in it.
    /// </summary>
    private BlockedLayout? LayoutOf(ConvolutionPass pass, BlockedTensor read, Padding2D border, BlockedTensor other) =>
        read.Layout != other.Layout ? null
        : read.Layout == BlockedLayout.ChannelBlocked ? read.Layout
        : read.Layout == BlockedLayout.BatchBlocked ? (TensorPlaces.Suffices(read.Border, border) ? read.Layout : null)
        : Of(read.Layout).RunsInPlace(pass, read, other) ? read.Layout : null;
}
