using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>
/// A stretch as one node of torch's graph. Its arguments are the <see cref="StretchCall"/>, the input, and the parameters whose gradients are
/// wanted. No exception leaves Backward, since TorchSharp would end the process: the stretch raises it when it is next called.
/// </summary>
internal sealed class StretchNode : SingleTensorFunction<StretchNode>
{
    private const string Key = "call";

    /// <summary>
    /// What this thread's last Backward gave to torch. It takes the tensors after Backward has returned, so they are freed by the next call.
    /// </summary>
    [ThreadStatic]
    private static List<Tensor>? s_given;

    /// <inheritdoc/>
    public override string Name => nameof(StretchNode);

    /// <summary>Frees what the last Backward on this thread gave to torch.</summary>
    public static void FreeGiven()
    {
        if (s_given is null) return;
        foreach (var tensor in s_given) tensor.Dispose();
        s_given.Clear();
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var call = (StretchCall)vars[0];
        ctx.save_data(Key, call);
        return call.Output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        StretchCall? call = null;
        try
        {
            FreeGiven();
            call = (StretchCall)ctx.get_data(Key);
            if (is_grad_enabled())
            {
                throw new NotSupportedException(
                    "create_graph is not supported by a converted stretch: call Revert, or leave the module out of the conversion.");
            }

            var gradients = call.Stretch.Backward(call, grad_output);
            (s_given ??= []).AddRange(gradients.Where(gradient => gradient is not null)!);
            return gradients!;
        }
        catch (Exception e)
        {
            call?.Stretch.Fail(e);
            return [.. Enumerable.Repeat<Tensor>(null!, 2 + (call?.Wanted.Count(wanted => wanted) ?? 0))];
        }
        finally
        {
            grad_output.Dispose();
        }
    }
}
