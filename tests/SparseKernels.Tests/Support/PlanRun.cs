using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Support;

/// <summary>
/// Runs one pass of a plan through the plain or a blocked form, into outputs full of NaN so that an element never written is
/// found, and hands back the plain result. Blocked outputs are checked for lanes past the end, and a border, that are not zero.
/// </summary>
internal static class PlanRun
{
    /// <summary>Forward and BackwardData by lists of weights on batch-blocked and planar tensors, on one thread and on three, against the reference.</summary>
    public static void ExpectListsInPlace(ConvolutionShape shape, string isa, int seed)
    {
        var data = new SparseConvolutionCase(new ConvolutionCase(shape, 0.6, 0.1, 0.6, seed), ZeroLayout.Scattered, 0.6).Make();
        var (y, dx) = (data.Dense.ReferenceForward(withBias: true), data.Dense.ReferenceBackwardData());
        foreach (var threads in TestScale.IsSmall ? (int[])[3] : [1, 3])
        {
            using var plan = Plans.Make(shape, Enum.Parse<InstructionSetKind>(isa), ComputeTopology.FromThreads(threads));
            foreach (var form in (TensorForm[])[TensorForm.BatchBlocked, TensorForm.Planar])
            {
                foreach (var pair in SparseConvolutionData.Pairs.Where(pair => pair.Fine == Operand.Weight)) ExpectTapPasses(plan, data, pair, form, y, dx);
            }
        }
    }

    public static float[] Forward(ConvolutionPlan plan, ConvolutionData data, TensorForm form, bool withBias, SparseOperands? sparse = null)
    {
        ReadOnlySpan<float> bias = withBias ? data.Bias : [];
        var y = Unwritten(data.Shape.OutputLength);
        if (form == TensorForm.Plain)
        {
            if (sparse is null) plan.Forward(data.X, data.W, bias, y);
            else plan.Forward(data.X, data.W, bias, y, sparse);
            return y;
        }

        using var w = plan.CreatePackedWeights();
        if (form == TensorForm.Nhwc)
        {
            w.Update(data.W);
            plan.Forward(Nhwc.Of(data.X, data.Shape.C, data.Shape.H * data.Shape.W), w, bias, y, PlainLayout.Nhwc, sparse);
            return Nhwc.Back(y, data.Shape.K, data.Shape.P * data.Shape.Q);
        }

        using var x = plan.CreateInput(LayoutOf(form));
        using var output = plan.CreateOutput(LayoutOf(form));
        x.CopyFromNchw(data.X);
        w.Update(data.W);
        output.CopyFromNchw(y);
        if (sparse is null) plan.Forward(x, w, bias, output);
        else plan.Forward(x, w, bias, output, sparse);
        return Unpack(output, "y");
    }

    public static float[] BackwardData(ConvolutionPlan plan, ConvolutionData data, TensorForm form, SparseOperands? sparse = null)
    {
        var dx = Unwritten(data.Shape.InputLength);
        if (form == TensorForm.Plain)
        {
            if (sparse is null) plan.BackwardData(data.Dy, data.W, dx);
            else plan.BackwardData(data.Dy, data.W, dx, sparse);
            return dx;
        }

        using var w = plan.CreatePackedWeights();
        if (form == TensorForm.Nhwc)
        {
            w.Update(data.W);
            plan.BackwardData(Nhwc.Of(data.Dy, data.Shape.K, data.Shape.P * data.Shape.Q), w, dx, PlainLayout.Nhwc, sparse);
            return Nhwc.Back(dx, data.Shape.C, data.Shape.H * data.Shape.W);
        }

        using var dy = plan.CreateOutput(LayoutOf(form));
        using var output = plan.CreateInput(LayoutOf(form));
        dy.CopyFromNchw(data.Dy);
        w.Update(data.W);
        output.CopyFromNchw(dx);
        if (sparse is null) plan.BackwardData(dy, w, output);
        else plan.BackwardData(dy, w, output, sparse);
        return Unpack(output, "dx");
    }

    public static (float[] Dw, float[] Dbias) BackwardWeights(
        ConvolutionPlan plan, ConvolutionData data, TensorForm form, bool withBias, SparseOperands? sparse = null)
    {
        var dw = Unwritten(data.Shape.WeightLength);
        var dbias = withBias ? Unwritten(data.Shape.K) : [];
        if (form == TensorForm.Plain)
        {
            if (sparse is null) plan.BackwardWeights(data.X, data.Dy, dw, dbias);
            else plan.BackwardWeights(data.X, data.Dy, dw, dbias, sparse);
            return (dw, dbias);
        }

        if (form == TensorForm.Nhwc)
        {
            var (channelsLast, gradient) = (Nhwc.Of(data.X, data.Shape.C, data.Shape.H * data.Shape.W), Nhwc.Of(data.Dy, data.Shape.K, data.Shape.P * data.Shape.Q));
            plan.BackwardWeights(channelsLast, gradient, dw, dbias, PlainLayout.Nhwc, sparse);
            return (dw, dbias);
        }

        using var x = plan.CreateInput(LayoutOf(form));
        using var dy = plan.CreateOutput(LayoutOf(form));
        x.CopyFromNchw(data.X);
        dy.CopyFromNchw(data.Dy);
        if (sparse is null) plan.BackwardWeights(x, dy, dw, dbias);
        else plan.BackwardWeights(x, dy, dw, dbias, sparse);
        return (dw, dbias);
    }

    /// <summary>Forward and BackwardData with a pair of operands, which are zero outside their result's mask where it is of the pair.</summary>
    /// <param name="plan">Runs them.</param>
    /// <param name="data">The operands.</param>
    /// <param name="pair">What is skipped.</param>
    /// <param name="form">How the tensors lie.</param>
    /// <param name="y">Forward's result, with bias, without a mask.</param>
    /// <param name="dx">BackwardData's.</param>
    public static void ExpectTapPasses(
        ConvolutionPlan plan, SparseConvolutionData data, OperandPair pair, TensorForm form, float[] y, float[] dx)
    {
        var (maskedY, maskedDx) = (pair.Contains(Operand.Output), pair.Contains(Operand.Input));
        Expect.Equal(
            SparseConvolutionData.Masked(y, data.MaskY, maskedY),
            Forward(plan, data.Dense, form, withBias: true, data.Forward(pair, given: true)), $"y, {pair}, {form}");
        Expect.Equal(
            SparseConvolutionData.Masked(dx, data.MaskX, maskedDx),
            BackwardData(plan, data.Dense, form, data.BackwardData(pair, given: true)), $"dx, {pair}, {form}");
    }

    /// <summary>All results of all passes, end to end: what determinism tests compare.</summary>
    public static float[] Everything(ConvolutionPlan plan, ConvolutionData data, TensorForm form)
    {
        var (dw, dbias) = BackwardWeights(plan, data, form, withBias: true);
        return [.. Forward(plan, data, form, withBias: true), .. BackwardData(plan, data, form), .. dw, .. dbias];
    }

    private static BlockedLayout LayoutOf(TensorForm form) => form switch
    {
        TensorForm.BatchBlocked => BlockedLayout.BatchBlocked,
        TensorForm.Planar => BlockedLayout.Planar,
        _ => BlockedLayout.ChannelBlocked,
    };

    private static float[] Unwritten(int length)
    {
        var values = new float[length];
        values.AsSpan().Fill(float.NaN);
        return values;
    }

    private static float[] Unpack(BlockedTensor tensor, string what)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        using var again = new BlockedTensor(tensor.N, tensor.C, tensor.H, tensor.W, tensor.Layout, tensor.Border);
        again.CopyFromNchw(plain);
        var lanes = tensor.AsSpan();
        var expected = again.AsSpan();
        for (var i = 0; i < lanes.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(lanes[i]) != BitConverter.SingleToUInt32Bits(expected[i]))
                Assert.Fail($"blocked {what}: element {i}, past the last channel or image or of the border, must be zero, got {lanes[i]:G9}");
        }

        return plain;
    }
}
