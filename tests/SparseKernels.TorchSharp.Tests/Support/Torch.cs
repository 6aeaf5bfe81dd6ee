using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using Xunit;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Tests.Support;

/// <summary>libtorch for tests, and what torch computes beside what a converted model does.</summary>
internal static class Torch
{
    /// <summary>Under this norm a tensor is rounding: the gradient of a bias before a batch normalisation is zero but for that.</summary>
    private const double Small = 0.5;

    private static readonly Lazy<string?> s_obstacle = new(() => TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1));

    /// <summary>Skips the test where libtorch can't load.</summary>
    public static void Need() => Assert.SkipWhen(s_obstacle.Value is not null, $"libtorch can't load here: {s_obstacle.Value}");

    /// <summary>Noise, the same for the same seed.</summary>
    public static Tensor Noise(int seed, params long[] sizes)
    {
        var count = sizes.Aggregate(1L, (a, b) => a * b);
        return tensor(TestSupport.RandomTensor.Floats((int)count, seed), sizes, ScalarType.Float32);
    }

    /// <summary>The elements.</summary>
    public static float[] Values(Tensor tensor)
    {
        using var plain = tensor.detach().to(ScalarType.Float32).contiguous();
        return plain.NumberOfElements == 0 ? [] : plain.data<float>().ToArray();
    }

    /// <summary>
    /// The difference of two tensors is at most a share of the first, in the Euclidean norm: a ReLU that rounding opens on one side alone is no
    /// error, a wrong element is.
    /// </summary>
    public static void Close(Tensor? expected, Tensor? actual, double share, string what)
    {
        Assert.True(expected is null == actual is null, $"{what}: expected {(expected is null ? "none" : "one")}, got {(actual is null ? "none" : "one")}");
        if (expected is null) return;
        Assert.Equal(expected.shape, actual!.shape);
        var (a, b) = (Values(expected), Values(actual));
        var norm = Math.Sqrt(a.Sum(value => (double)value * value));
        var apart = Math.Sqrt(a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum());
        Assert.True(apart <= share * Math.Max(norm, Small), $"{what}: {apart:G3} apart of {norm:G3}, {apart / norm:G3} instead of {share:G3}");
    }

    /// <summary>
    /// Two models of the same weights give the same output, input gradient, parameter gradients and buffers for an input; both keep the gradients.
    /// </summary>
    public static void SameStep(TensorModule expected, TensorModule actual, Tensor x, double share)
    {
        using var scope = NewDisposeScope();
        using var a = x.detach().clone().requires_grad_();
        using var b = x.detach().clone().requires_grad_();
        expected.zero_grad();
        actual.zero_grad();
        var (y, z) = (expected.call(a), actual.call(b));
        Close(y, z, share, "the output");
        using var dy = Noise(77, y.shape);
        y.backward([dy]);
        z.backward([dy]);
        Close(a.grad, b.grad, share, "the input's gradient");
        foreach (var ((name, p), (_, q)) in expected.named_parameters().Zip(actual.named_parameters())) Close(p.grad, q.grad, share, $"the gradient of {name}");
        SameState(expected, actual, share);
    }

    /// <summary>Two models have the same parameters and buffers under the same names.</summary>
    public static void SameState(TensorModule expected, TensorModule actual, double share)
    {
        var (a, b) = (expected.state_dict(), actual.state_dict());
        Assert.Equal(a.Keys, b.Keys);
        foreach (var name in a.Keys) Close(a[name], b[name], share, name);
    }
}
