using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// Runs one pass of a plan through the plain or the blocked form, into outputs full of NaN so that an element never written is
/// found, and hands back the plain result. Blocked outputs are checked for lanes past the end that are not zero.
/// </summary>
internal static class PlanRun
{
    public static float[] Forward(ConvolutionPlan plan, ConvolutionData data, bool blocked, bool withBias)
    {
        ReadOnlySpan<float> bias = withBias ? data.Bias : [];
        var y = Unwritten(data.Shape.OutputLength);
        if (!blocked)
        {
            plan.Forward(data.X, data.W, bias, y);
            return y;
        }

        using var x = plan.CreateInput();
        using var w = plan.CreatePackedWeights();
        using var output = plan.CreateOutput();
        x.CopyFromNchw(data.X);
        w.Update(data.W);
        output.CopyFromNchw(y);
        plan.Forward(x, w, bias, output);
        return Unpack(output, "y");
    }

    public static float[] BackwardData(ConvolutionPlan plan, ConvolutionData data, bool blocked)
    {
        var dx = Unwritten(data.Shape.InputLength);
        if (!blocked)
        {
            plan.BackwardData(data.Dy, data.W, dx);
            return dx;
        }

        using var dy = plan.CreateOutput();
        using var w = plan.CreatePackedWeights();
        using var output = plan.CreateInput();
        dy.CopyFromNchw(data.Dy);
        w.Update(data.W);
        output.CopyFromNchw(dx);
        plan.BackwardData(dy, w, output);
        return Unpack(output, "dx");
    }

    public static (float[] Dw, float[] Dbias) BackwardWeights(ConvolutionPlan plan, ConvolutionData data, bool blocked, bool withBias)
    {
        var dw = Unwritten(data.Shape.WeightLength);
        var dbias = withBias ? Unwritten(data.Shape.K) : [];
        if (!blocked)
        {
            plan.BackwardWeights(data.X, data.Dy, dw, dbias);
            return (dw, dbias);
        }

        using var x = plan.CreateInput();
        using var dy = plan.CreateOutput();
        x.CopyFromNchw(data.X);
        dy.CopyFromNchw(data.Dy);
        plan.BackwardWeights(x, dy, dw, dbias);
        return (dw, dbias);
    }

    /// <summary>All results of all passes, end to end: what determinism tests compare.</summary>
    public static float[] Everything(ConvolutionPlan plan, ConvolutionData data, bool blocked)
    {
        var (dw, dbias) = BackwardWeights(plan, data, blocked, withBias: true);
        return [.. Forward(plan, data, blocked, withBias: true), .. BackwardData(plan, data, blocked), .. dw, .. dbias];
    }

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
        using var again = new BlockedTensor(tensor.N, tensor.C, tensor.H, tensor.W, tensor.Layout);
        again.CopyFromNchw(plain);
        var lanes = tensor.AsSpan();
        var expected = again.AsSpan();
        for (var i = 0; i < lanes.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(lanes[i]) != BitConverter.SingleToUInt32Bits(expected[i]))
                Assert.Fail($"blocked {what}: element {i}, a lane past the last channel, must be zero, got {lanes[i]:G9}");
        }

        return plain;
    }
}
