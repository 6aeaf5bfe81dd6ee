using SparseKernels.Training.Layers;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Support;

/// <summary>
/// Compares the gradients of a layer with central differences of <c>L = Σ projection · y</c>, summed in double precision, for a random
/// projection: along single coordinates and along a random direction.
/// </summary>
internal static class GradientCheck
{
    private const int Coordinates = 40;

    /// <summary>Checks the input's gradient and every parameter's.</summary>
    /// <param name="layer">The layer; disposed.</param>
    /// <param name="input">The sizes of one image.</param>
    /// <param name="batch">Images.</param>
    /// <param name="x">The point to check at; no kink of the layer may lie within <paramref name="step"/> of it.</param>
    /// <param name="step">Half the difference's width.</param>
    /// <param name="tolerance">Allowed error, relative to the gradient's root mean square.</param>
    /// <param name="prepare">Sets parameters for the check.</param>
    /// <param name="layout">How tensors lie.</param>
    public static void Run(
        Layer layer, FeatureShape input, int batch, float[] x, float step = 1e-2f, double tolerance = 2e-3, Action? prepare = null,
        BlockedLayout layout = BlockedLayout.ChannelBlocked)
    {
        using var probe = new LayerProbe(layer, input, batch, layout: layout);
        var random = new RandomSource(11);
        var projection = new float[probe.OutputLength];
        foreach (ref var value in projection.AsSpan()) value = random.NextGaussian();
        foreach (var parameter in layer.Parameters)
        {
            // Away from 1 and 0, where a wrong factor or summand would not show.
            foreach (ref var value in parameter.Value.AsSpan()) value += random.NextSingle(0.1f, 0.4f);
            parameter.Touch();
        }

        prepare?.Invoke();
        _ = probe.Forward(x);
        var dx = probe.Backward(projection);
        double Loss()
        {
            var y = probe.Forward(x);
            var sum = 0.0;
            for (var i = 0; i < y.Length; i++) sum += (double)projection[i] * y[i];
            return sum;
        }

        Compare($"{layer.Name}: input", x, dx, Loss, () => { }, step, tolerance, ref random);
        foreach (var parameter in layer.Parameters)
            Compare(parameter.Name, parameter.Value, [.. parameter.Gradient], Loss, parameter.Touch, step, tolerance, ref random);
    }

    /// <summary>Compares a gradient with differences of a loss as the values move.</summary>
    public static void Compare(
        string what, float[] values, float[] gradient, Func<double> loss, Action changed, float step, double tolerance, ref RandomSource random)
    {
        var scale = Math.Sqrt(gradient.Sum(g => (double)g * g) / gradient.Length) + 1e-3;
        for (var i = 0; i < Math.Min(Coordinates, values.Length); i++)
        {
            var at = values.Length <= Coordinates ? i : random.NextInt(values.Length);
            var direction = new float[values.Length];
            direction[at] = 1;
            var difference = Difference(values, direction, loss, changed, step);
            Assert.True(
                Math.Abs(difference - gradient[at]) <= tolerance * scale * 5,
                $"{what}[{at}]: gradient {gradient[at]}, difference {difference}, scale {scale}");
        }

        var all = new float[values.Length];
        foreach (ref var value in all.AsSpan()) value = random.NextInt(2) == 0 ? -1 : 1;
        var expected = 0.0;
        for (var i = 0; i < all.Length; i++) expected += (double)all[i] * gradient[i];
        var along = Difference(values, all, loss, changed, step);
        Assert.True(
            Math.Abs(along - expected) <= tolerance * scale * Math.Sqrt(values.Length) * 5,
            $"{what} along a direction: gradient {expected}, difference {along}, scale {scale * Math.Sqrt(values.Length)}");
    }

    private static double Difference(float[] values, float[] direction, Func<double> loss, Action changed, float step)
    {
        var before = (float[])values.Clone();
        var sides = new double[2];
        for (var side = 0; side < 2; side++)
        {
            for (var i = 0; i < values.Length; i++) values[i] = before[i] + ((side == 0 ? step : -step) * direction[i]);
            changed();
            sides[side] = loss();
        }

        before.CopyTo(values, 0);
        changed();
        return (sides[0] - sides[1]) / (2 * step);
    }
}
