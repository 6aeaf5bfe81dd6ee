using System.Collections.Concurrent;
using System.Text;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Scheduling;

namespace SparseKernels;

// The passes that skip zeros: the caller names the pair of operands.
public sealed unsafe partial class ConvolutionPlan
{
    private readonly ConcurrentDictionary<OperandPair, Lazy<SparseTap>> _sparseForward = new();
    private readonly ConcurrentDictionary<OperandPair, Lazy<SparseTap>> _sparseBackwardData = new();
    private readonly ConcurrentDictionary<OperandPair, Lazy<SparseWeightGradient>> _sparseBackwardWeights = new();

    /// <summary>As <see cref="Forward(BlockedTensor, PackedWeights, ReadOnlySpan{float}, BlockedTensor)"/>, skipping the zeros of two operands; y is zero outside the mask of the output.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>, channel-blocked.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, channel-blocked, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A size, layout or pattern doesn't fit, the pair needs a pattern that is missing, the weights belong to another plan, or y overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void Forward(BlockedTensor x, PackedWeights w, ReadOnlySpan<float> bias, BlockedTensor y, SparseOperands sparse)
    {
        CheckForward(x, w, bias, y);
        CheckForward(sparse);
        var pass = sparse.Pair is { } pair ? ForwardOf(pair).Pass : null;
        if (pass is null) ForwardPass.Run(ImageView.Of(x), w.Forward, bias, ImageView.Of(y));
        else pass.Run(ImageView.Of(x), w.Of(pass), bias, ImageView.Of(y), sparse.Output);
        if (pass is null || sparse.Pair?.Fine != Operand.Output) ClearOutside(sparse, sparse.Output, ImageView.Of(y));
        KeepAlive(x, w, y);
    }

    /// <summary>As <see cref="BackwardData(BlockedTensor, PackedWeights, BlockedTensor)"/>, skipping the zeros of two operands; dx is zero outside the mask of the input.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>, channel-blocked.</param>
    /// <param name="w">This plan's weights.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, channel-blocked, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns; the input's is the mask of dx, as a ReLU's below.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A size, layout or pattern doesn't fit, the pair needs a pattern that is missing, the weights belong to another plan, or dy and dx are one tensor.</exception>
    /// <exception cref="ObjectDisposedException">The plan, the weights or a tensor is disposed.</exception>
    public void BackwardData(BlockedTensor dy, PackedWeights w, BlockedTensor dx, SparseOperands sparse)
    {
        CheckBackwardData(dy, w, dx);
        CheckBackwardData(sparse);
        var pass = sparse.Pair is { } pair ? BackwardDataOf(pair).Pass : null;
        if (pass is null) BackwardDataPass.Run(ImageView.Of(dy), w.BackwardData, [], ImageView.Of(dx));
        else pass.Run(ImageView.Of(dy), w.Of(pass), [], ImageView.Of(dx), sparse.Input);
        if (pass is null || sparse.Pair?.Fine != Operand.Input) ClearOutside(sparse, sparse.Input, ImageView.Of(dx));
        KeepAlive(dy, w, dx);
    }

    /// <summary>As <see cref="BackwardWeights(BlockedTensor, BlockedTensor, Span{float}, Span{float})"/>, skipping the zeros of two operands; dw is zero outside the weights' pattern.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>, channel-blocked.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>, channel-blocked.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A size, layout or pattern doesn't fit, the pair needs a pattern that is missing, or a result overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan or a tensor is disposed.</exception>
    public void BackwardWeights(BlockedTensor x, BlockedTensor dy, Span<float> dw, Span<float> dbias, SparseOperands sparse)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        CheckBackwardWeights(sparse);
        RunBackwardWeights(ImageView.Of(x), ImageView.Of(dy), dw, dbias, sparse);
        KeepAlive(x, dy);
    }

    /// <summary>As <see cref="Forward(ReadOnlySpan{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>, skipping the zeros of two operands; y is zero outside the mask of the output.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias"><c>[K]</c>, or empty for none.</param>
    /// <param name="y"><c>[N, K, P, Q]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="y"/> overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> bias, Span<float> y, SparseOperands sparse)
    {
        CheckForward(x, w, bias, y);
        CheckForward(sparse);
        var found = sparse.Pair is { } pair ? ForwardOf(pair) : null;
        fixed (float* from = x, to = y, plain = w)
        {
            if (found?.Pass is null) RunPlain(ForwardPass, PlainInput(from), plain, bias, PlainOutput(to));
            else found.RunPlain(PlainInput(from), plain, bias, PlainOutput(to), sparse.Output);
            if (found?.Pass is null || sparse.Pair?.Fine != Operand.Output) ClearOutside(sparse, sparse.Output, PlainOutput(to));
        }
    }

    /// <summary>As <see cref="BackwardData(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>, skipping the zeros of two operands; dx is zero outside the mask of the input.</summary>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="w"><c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="dx"><c>[N, C, H, W]</c>, overwritten.</param>
    /// <param name="sparse">The pair of operands and their patterns; the input's is the mask of dx, as a ReLU's below.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or <paramref name="dx"/> overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardData(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, Span<float> dx, SparseOperands sparse)
    {
        CheckBackwardData(dy, w, dx);
        CheckBackwardData(sparse);
        var found = sparse.Pair is { } pair ? BackwardDataOf(pair) : null;
        fixed (float* from = dy, to = dx, plain = w)
        {
            if (found?.Pass is null) RunPlain(BackwardDataPass, PlainOutput(from), plain, [], PlainInput(to));
            else found.RunPlain(PlainOutput(from), plain, [], PlainInput(to), sparse.Input);
            if (found?.Pass is null || sparse.Pair?.Fine != Operand.Input) ClearOutside(sparse, sparse.Input, PlainInput(to));
        }
    }

    /// <summary>As <see cref="BackwardWeights(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float}, Span{float})"/>, skipping the zeros of two operands; dw is zero outside the weights' pattern.</summary>
    /// <param name="x"><c>[N, C, H, W]</c>.</param>
    /// <param name="dy"><c>[N, K, P, Q]</c>.</param>
    /// <param name="dw"><c>[K, C/Groups, R, S]</c>, overwritten.</param>
    /// <param name="dbias"><c>[K]</c>, overwritten; empty if not wanted.</param>
    /// <param name="sparse">The pair of operands and their patterns.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sparse"/> is null.</exception>
    /// <exception cref="ArgumentException">A length or pattern doesn't fit the shape, the pair needs a pattern that is missing, or a result overlaps another argument.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void BackwardWeights(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dbias, SparseOperands sparse)
    {
        CheckBackwardWeights(x, dy, dw, dbias);
        CheckBackwardWeights(sparse);
        fixed (float* input = x, gradient = dy) RunBackwardWeights(PlainInput(input), PlainOutput(gradient), dw, dbias, sparse);
    }

    /// <summary>Which kernels serve each pass and pair of operands for this shape, and where and why the dense ones do.</summary>
    /// <returns>Lines of text.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public string Explain()
    {
        var text = new StringBuilder().AppendLine($"{Shape}, {InstructionSet.NameOf(Options.InstructionSet)}, {Options.Topology.Threads} thread(s)");
        foreach (var (pass, of) in new (string, Func<OperandPair, (IEnumerable<string>? Kernels, string? WhyDense)>)[]
        {
            ("Forward", pair => (ForwardOf(pair).Pass?.KernelIds, ForwardOf(pair).WhyDense)),
            ("BackwardData", pair => (BackwardDataOf(pair).Pass?.KernelIds, BackwardDataOf(pair).WhyDense)),
            ("BackwardWeights", pair => (BackwardWeightsOf(pair).Pass?.KernelIds, BackwardWeightsOf(pair).WhyDense)),
        })
        {
            foreach (var fine in Enum.GetValues<Operand>())
            {
                foreach (var coarse in Enum.GetValues<Operand>().Where(coarse => coarse != fine))
                {
                    var (kernels, whyDense) = of(new OperandPair(fine, coarse));
                    text.AppendLine($"{pass}, {fine} fine, {coarse} coarse: {(kernels is null ? $"dense ({whyDense})" : string.Join(", ", kernels))}");
                }
            }
        }

        return text.ToString();
    }

    private void CheckForward(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        RequireResult(sparse, Operand.Output, sparse.Output);
        RefuseWeightPattern(sparse);
    }

    private void CheckBackwardData(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        RequireResult(sparse, Operand.Input, sparse.Input);
        RefuseWeightPattern(sparse);
    }

    private void CheckBackwardWeights(SparseOperands sparse)
    {
        ArgumentNullException.ThrowIfNull(sparse);
        CheckMasks(sparse);
        new ArgumentCheck(Shape).Weights(sparse.Weight, nameof(sparse));
        RequireResult(sparse, Operand.Weight, sparse.Weight);
    }

    private void CheckMasks(SparseOperands sparse)
    {
        if (sparse.Pair == default(OperandPair)) throw new ArgumentException("sparse.Pair must name two operands, got the default value.", nameof(sparse));
        var check = new ArgumentCheck(Shape);
        check.Input(sparse.Input, $"{nameof(sparse)}.{nameof(sparse.Input)}");
        check.Output(sparse.Output, $"{nameof(sparse)}.{nameof(sparse.Output)}");
    }

    private static void RequireResult(SparseOperands sparse, Operand result, object? pattern)
    {
        if (sparse.Pair is { } pair && pair.Contains(result) && pattern is null)
            throw new ArgumentException($"the pair {pair} skips elements of this pass's result; expected sparse.{result} to say which are wanted, got null.", nameof(sparse));
    }

    private static void RefuseWeightPattern(SparseOperands sparse)
    {
        if (sparse.Weight is not null)
            throw new ArgumentException("sparse.Weight is for BackwardWeights; this pass takes the zeros of the weights themselves. Expected null.", nameof(sparse));
    }

    private void ClearOutside(SparseOperands sparse, FineMask? mask, in ImageView result)
    {
        if (sparse.ClearsResult) mask?.Apply(in result, Options.Topology);
    }

    private void RunBackwardWeights(in ImageView x, in ImageView dy, Span<float> dw, Span<float> dbias, SparseOperands sparse)
    {
        var pass = sparse.Pair is { } pair ? BackwardWeightsOf(pair).Pass : null;
        fixed (float* weights = dw, bias = dbias)
        {
            if (pass is null) Alive(_backwardWeights).Run(in x, in dy, weights);
            else pass.Run(in x, in dy, weights, sparse.Weight);
            sparse.Weight?.Apply(dw);
            if (!dbias.IsEmpty) BiasGradient.Run(in dy, Shape.N, bias, Options.Topology.Threads);
        }
    }

    private SparseTap ForwardOf(OperandPair pair) =>
        Alive(_sparseForward.GetOrAdd(pair, static (key, plan) => new(() => new(SparsePasses.Create(TapGeometry.Forward(plan.Shape), key, plan.Options))), this));

    private SparseTap BackwardDataOf(OperandPair pair) =>
        Alive(_sparseBackwardData.GetOrAdd(pair, static (key, plan) => new(() => new(SparsePasses.Create(TapGeometry.BackwardData(plan.Shape), key, plan.Options))), this));

    private SparseWeightGradient BackwardWeightsOf(OperandPair pair) =>
        Alive(_sparseBackwardWeights.GetOrAdd(pair, static (key, plan) => new(() => new(SparsePasses.CreateWeightGradient(plan.Shape, key, plan.Options))), this));

    private void DisposeSparse()
    {
        foreach (var found in _sparseForward.Values.Concat(_sparseBackwardData.Values))
        {
            if (found.IsValueCreated) found.Value.Dispose();
        }

        foreach (var found in _sparseBackwardWeights.Values)
        {
            if (found.IsValueCreated) found.Value.Pass?.Dispose();
        }
    }

    /// <summary>What serves a pair in BackwardWeights.</summary>
    private sealed class SparseWeightGradient((ISparseWeightGradientPass? Pass, string? WhyDense) found)
    {
        public ISparseWeightGradientPass? Pass { get; } = found.Pass;

        public string? WhyDense { get; } = found.WhyDense;
    }

    /// <summary>What serves a pair in Forward or BackwardData, with weight forms for callers who bring plain weights.</summary>
    private sealed class SparseTap : IDisposable
    {
        private readonly RentalPool<SparseWeightForm>? _plainWeights;

        public SparseTap((ISparseTapPass? Pass, string? WhyDense) found)
        {
            (Pass, WhyDense) = found;
            if (Pass is not null) _plainWeights = new(Pass.CreateWeights);
        }

        public ISparseTapPass? Pass { get; }

        public string? WhyDense { get; }

        public void RunPlain(in ImageView input, float* weights, ReadOnlySpan<float> bias, in ImageView output, FineMask? result)
        {
            var form = _plainWeights!.Rent();
            try
            {
                form.Pack(weights);
                Pass!.Run(in input, form, bias, in output, result);
            }
            finally
            {
                _plainWeights.Return(form);
            }
        }

        public void Dispose()
        {
            Pass?.Dispose();
            _plainWeights?.Dispose();
        }
    }
}
