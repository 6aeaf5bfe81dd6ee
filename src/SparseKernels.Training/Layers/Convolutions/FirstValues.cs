using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>How layers start in models whose definitions say otherwise than PyTorch's layers do.</summary>
internal static class FirstValues
{
    /// <summary>Sets how a layer's weights start; its biases, if it has any, start at 0.</summary>
    public static TLayer Start<TLayer>(this TLayer layer, Initialisation weights)
        where TLayer : Layer
    {
        layer.Parameters[0].FirstValues = weights;
        foreach (var bias in layer.Parameters.Skip(1)) bias.FirstValues = Initialisation.Constant(0);
        return layer;
    }

    /// <summary>
    /// <c>kaiming_normal</c> with <c>fan_out</c> as PyTorch counts it, K · R · S whatever the groups, and biases of 0.
    /// </summary>
    public static Conv2d StartFanOut(this Conv2d layer)
    {
        var shape = layer.Parameters[0].Shape;
        return layer.Start(Initialisation.FanOutNormal(shape[0] * shape[2] * shape[3]));
    }

    /// <summary><c>kaiming_normal</c> with <c>fan_in</c>.</summary>
    public static Conv2d StartFanIn(this Conv2d layer) => layer.Start(Initialisation.FanInNormal(FanIn(layer)));

    /// <summary><c>kaiming_uniform</c>, ±√(6/fanIn), and biases of 0.</summary>
    public static Conv2d StartUniform(this Conv2d layer) => layer.Start(Initialisation.Uniform(MathF.Sqrt(6f / FanIn(layer))));

    private static int FanIn(Conv2d layer)
    {
        var shape = layer.Parameters[0].Shape;
        return shape[1] * shape[2] * shape[3];
    }
}
