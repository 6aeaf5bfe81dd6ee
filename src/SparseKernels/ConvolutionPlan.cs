using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels;

/// <summary>
/// One convolution shape with everything that is worth preparing once: kernels, partition, scratch memory and what earlier calls taught.
/// Make it once and run it often; after the first call of a pass nothing is allocated. Safe to use from several threads at once.
/// </summary>
/// <remarks>
/// Plain tensors are row-major: <c>x, dx [N, C, H, W]</c>, <c>w, dw [K, C/Groups, R, S]</c>, <c>y, dy [N, K, P, Q]</c>,
/// <c>bias, dbias [K]</c>; where a <see cref="PlainLayout"/> says so the channels of x, y and their gradients come last.
/// Every method checks all its arguments before it writes anything. Each call runs the dense kernels or those
/// that skip the zeros of two operands, as <see cref="ConvolutionOptions.Schedule"/> says: they add up in different orders, so that under
/// <see cref="KernelSchedule.Automatic"/> the last bits of a result may differ from call to call. Under every other schedule they don't, and never do they
/// depend on the number of threads. Infinity and NaN reach the results that they have a part in and no others: what lies around an image is
/// no product, and a zero that is skipped takes what it would multiply with it (elsewhere 0·∞ is NaN).
/// Blocked tensors may be channel-blocked, which is where zeros of activations and gradients are skipped, or batch-blocked, which is where those
/// of weights are skipped without packing anything: <see cref="PreferredLayout"/> says which is predicted to be faster. A call whose tensors
/// are of two layouts, or whose border is narrower than <see cref="CreateInput(BlockedLayout)"/> makes it, converts them.
/// </remarks>
public sealed unsafe partial class ConvolutionPlan : IDisposable
{
    private readonly PlanPasses _passes;

    /// <summary>The layout that the last call ran in: channel-blocked too where it packed plain tensors or converted.</summary>
    private BlockedLayout _lastLayout;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="options">Threads and instruction set; the machine's best by default.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException">The options' calibration is of another instruction set.</exception>
    /// <exception cref="PlatformNotSupportedException">The options ask for an instruction set that this process can't run.</exception>
    public ConvolutionPlan(ConvolutionShape shape, ConvolutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        Options = options ?? new ConvolutionOptions();
        if (!InstructionSet.IsAvailable(Options.InstructionSet) && !Options.EmulateMissingHardware)
            throw new PlatformNotSupportedException($"options ask for {InstructionSet.NameOf(Options.InstructionSet)}; available: {string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf))}.");
        if (Options.Calibration is { } calibration && calibration.InstructionSet != Options.InstructionSet)
            throw new ArgumentException($"options hold a calibration of {InstructionSet.NameOf(calibration.InstructionSet)}; expected one of {InstructionSet.NameOf(Options.InstructionSet)}, which they ask for.", nameof(options));
        var model = new Lazy<ICostModel>(
            () => new CostModel((Options.Calibration ?? CalibrationOf(Options.InstructionSet)).Data, Options.InstructionSet));
        _passes = new(Shape, new(Options.InstructionSet, Options.Topology), Options.Schedule, model, Options.OutputRange, nameof(ConvolutionPlan));
    }

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>Threads and instruction set.</summary>
    public ConvolutionOptions Options { get; }

    /// <summary>Makes a holder for this plan's weights, all zero; fill it with <see cref="PackedWeights.Update(ReadOnlySpan{float})"/>.</summary>
    /// <returns>The holder, to be disposed by the caller.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PackedWeights CreatePackedWeights()
    {
        using var passes = _passes.Enter();
        return new(this);
    }

    /// <summary>A channel-blocked tensor of the input's sizes <c>[N, C, H, W]</c>.</summary>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public BlockedTensor CreateInput() => CreateInput(BlockedLayout.ChannelBlocked);

    /// <summary>
    /// A tensor of the input's sizes <c>[N, C, H, W]</c>; a batch-blocked or planar one has the border that this plan needs to read it in place.
    /// </summary>
    /// <param name="layout">The order of its elements.</param>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The layout is none of the library's.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public BlockedTensor CreateInput(BlockedLayout layout)
    {
        using var passes = _passes.Enter();
        return new(Shape.N, Shape.C, Shape.H, Shape.W, layout, layout == BlockedLayout.ChannelBlocked ? 0 : passes.Borders.Input);
    }

    /// <summary>A channel-blocked tensor of the output's sizes <c>[N, K, P, Q]</c>.</summary>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public BlockedTensor CreateOutput() => CreateOutput(BlockedLayout.ChannelBlocked);

    /// <summary>
    /// A tensor of the output's sizes <c>[N, K, P, Q]</c>; a batch-blocked or planar one has the border that this plan's BackwardData needs to read it in
    /// place.
    /// </summary>
    /// <param name="layout">The order of its elements.</param>
    /// <returns>The tensor, zero, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The layout is none of the library's.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public BlockedTensor CreateOutput(BlockedLayout layout)
    {
        using var passes = _passes.Enter();
        return new(Shape.N, Shape.K, Shape.P, Shape.Q, layout, layout == BlockedLayout.ChannelBlocked ? 0 : passes.Borders.Output);
    }

    /// <summary>
    /// <c>y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n,c,h,w] · w[k,c,r,s]</c> with <c>h = p·strideH + r·dilationH − padTop</c> and
    /// <c>w</c> likewise, plain tensors.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or <paramref name="y"/> overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y)
    {
        CheckForward(x, w, bias, y);
        RunForward(x, w, bias, y, PlainLayout.Nchw, sparse: null);
    }

    /// <summary><c>dx[n,c,h,w] = Σ_{k,r,s} dy[n,k,p,q] · w[k,c,r,s]</c> over the outputs that read (h, w), plain tensors.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or <paramref name="dx"/> overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx)
    {
        CheckBackwardData(dy, w, dx);
        RunBackwardData(dy, w, dx, PlainLayout.Nchw, sparse: null);
    }

    /// <summary>
    /// <c>dw[k,c,r,s] = Σ_{n,p,q} x[n,c,h,w] · dy[n,k,p,q]</c> and <c>dbias[k] = Σ_{n,p,q} dy[n,k,p,q]</c>, plain tensors.
    /// </summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <exception cref="ArgumentException">A length doesn't fit the shape, or a result overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardWeights(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        RunBackwardWeights(x, dy, dw, dbias, PlainLayout.Nchw, sparse: null);
    }

    /// <summary><c>y = x ∗ w + bias</c>, blocked tensors.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException">A tensor is null.</exception>
    /// <exception cref="ArgumentException">
    /// A size doesn't fit the shape, the weights belong to another plan, or y overlaps another argument.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void Forward(BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y)
    {
        CheckForward(x, w, bias, y);
        RunForward(x, w, bias, y, sparse: null);
    }

    /// <summary><c>dx</c>, the gradient of the input, blocked tensors.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <exception cref="ArgumentNullException">A tensor is null.</exception>
    /// <exception cref="ArgumentException">
    /// A size doesn't fit the shape, the weights belong to another plan, or dy and dx are one tensor.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void BackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx)
    {
        CheckBackwardData(dy, w, dx);
        RunBackwardData(dy, w, dx, sparse: null);
    }

    /// <summary><c>dw</c> and <c>dbias</c>, the gradients of weights and bias: blocked tensors in, plain gradients out.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <exception cref="ArgumentNullException">A tensor is null.</exception>
    /// <exception cref="ArgumentException">A size doesn't fit the shape, or a result overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan or a tensor is disposed.</exception>
    public void BackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        RunBackwardWeights(x, dy, dw, dbias, sparse: null);
    }

    /// <summary>
    /// Frees scratch memory, once calls that run on other threads have ended; later ones throw. Calling it again does nothing.
    /// </summary>
    public void Dispose() => _passes.Dispose();

    private void RunForward(
        BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y, SparseOperands? sparse, ChannelMoments? moments = null)
    {
        using var passes = _passes.Enter();
        using BufferUse input = x.Hold(), output = y.Hold();
        using var weights = w.Forms.Enter();
        _lastLayout = passes.Forward(x, new CallWeights(w.Forms), bias, y, sparse, moments);
    }

    private void RunBackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx, SparseOperands? sparse)
    {
        using var passes = _passes.Enter();
        using BufferUse input = dy.Hold(), output = dx.Hold();
        using var weights = w.Forms.Enter();
        _lastLayout = passes.BackwardData(dy, new CallWeights(w.Forms), dx, sparse);
    }

    private void RunBackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        using var passes = _passes.Enter();
        using BufferUse input = x.Hold(), gradient = dy.Hold();
        _lastLayout = passes.BackwardWeights(x, dy, dw, dbias, sparse);
    }

    private void CheckForward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y)
    {
        CheckForward(x, bias, y);
        new SpanCheck(Shape).Weights(w.Length, nameof(w));
        SpanCheck.Apart(y, nameof(y), w, nameof(w));
    }

    private void CheckForward(ReadOnlySpan<float> x, PackedWeights w, ReadOnlySpan<float> bias, Span<float> y)
    {
        CheckForward(x, bias, y);
        new ArgumentCheck(Shape).Weights(w, this, nameof(w));
    }

    private void CheckForward(ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y)
    {
        var check = new SpanCheck(Shape);
        check.Input(x.Length, nameof(x));
        check.Bias(bias.Length, nameof(bias));
        check.Output(y.Length, nameof(y));
        SpanCheck.Apart(y, nameof(y), x, nameof(x));
        SpanCheck.Apart(y, nameof(y), bias, nameof(bias));
    }

    private void CheckBackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx)
    {
        CheckBackwardData(dy, dx);
        new SpanCheck(Shape).Weights(w.Length, nameof(w));
        SpanCheck.Apart(dx, nameof(dx), w, nameof(w));
    }

    private void CheckBackwardData(ReadOnlySpan<float> dy, PackedWeights w, Span<float> dx)
    {
        CheckBackwardData(dy, dx);
        new ArgumentCheck(Shape).Weights(w, this, nameof(w));
    }

    private void CheckBackwardData(ReadOnlySpan<float> dy, Span<float> dx)
    {
        var check = new SpanCheck(Shape);
        check.Output(dy.Length, nameof(dy));
        check.Input(dx.Length, nameof(dx));
        SpanCheck.Apart(dx, nameof(dx), dy, nameof(dy));
    }

    private void CheckBackwardWeights(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias)
    {
        var check = new SpanCheck(Shape);
        check.Input(x.Length, nameof(x));
        check.Output(dy.Length, nameof(dy));
        CheckGradients(in check, x, dy, dw, dbias);
    }

    private void CheckForward(BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y)
    {
        var check = new ArgumentCheck(Shape);
        check.Input(x, nameof(x));
        check.Weights(w, this, nameof(w));
        new SpanCheck(Shape).Bias(bias.Length, nameof(bias));
        check.Output(y, nameof(y));
        SpanCheck.Apart(y.AsSpan(), nameof(y), x.AsSpan(), nameof(x));
        SpanCheck.Apart(y.AsSpan(), nameof(y), bias, nameof(bias));
    }

    private void CheckBackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx)
    {
        var check = new ArgumentCheck(Shape);
        check.Output(dy, nameof(dy));
        check.Weights(w, this, nameof(w));
        check.Input(dx, nameof(dx));
        SpanCheck.Apart(dx.AsSpan(), nameof(dx), dy.AsSpan(), nameof(dy));
    }

    private void CheckBackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias)
    {
        var check = new ArgumentCheck(Shape);
        check.Input(x, nameof(x));
        check.Output(dy, nameof(dy));
        CheckGradients(new SpanCheck(Shape), x.AsSpan(), dy.AsSpan(), dw, dbias);
    }

    private static void CheckGradients(
        in SpanCheck check, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias)
    {
        check.Weights(dw.Length, nameof(dw));
        check.Bias(dbias.Length, nameof(dbias));
        SpanCheck.Apart(dw, nameof(dw), x, nameof(x));
        SpanCheck.Apart(dw, nameof(dw), dy, nameof(dy));
        SpanCheck.Apart(dbias, nameof(dbias), x, nameof(x));
        SpanCheck.Apart(dbias, nameof(dbias), dy, nameof(dy));
        SpanCheck.Apart(dw, nameof(dw), dbias, nameof(dbias));
    }

    private static Calibration CalibrationOf(InstructionSetKind isa) =>
        isa == InstructionSet.Current ? Calibration.Current : Calibration.Default(isa);

    private ImageView PlainInput(float* data) => new(data, blocked: false, Shape.C, Shape.H, Shape.W);

    private ImageView PlainOutput(float* data) => new(data, blocked: false, Shape.K, Shape.P, Shape.Q);
}
