using System.Runtime.Intrinsics;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Group normalisation (Wu and He 2018) written with nothing but what a user sees.</summary>
internal sealed class GroupNorm(string name, int groups, int channels) : CustomLayer(name)
{
    private readonly Parameter _weight = new($"{name}.weight", [channels], Initialisation.Constant(1));
    private readonly Parameter _bias = new($"{name}.bias", [channels], Initialisation.Constant(0));
    private float[] _first = [], _second = [], _mean = [], _inverse = [], _offset = [], _slope = [];

    public override IReadOnlyList<Parameter> Parameters => [_weight, _bias];

    protected override FeatureShape Prepare(FeatureShape input)
    {
        if (input.Channels != channels) throw new ArgumentException($"{Name} takes {channels} channels, got {input}.", nameof(input));
        var length = Images * channels;
        (_first, _second, _mean, _inverse, _offset, _slope) = (new float[length], new float[length], new float[length], new float[length], new float[length], new float[length]);
        return input;
    }

    protected override void Forward(bool training)
    {
        ForEachPlane(X, this, static (norm, plane) => norm.Sums(plane));
        Reduce(forward: true);
        ForEachPlane(X, this, static (norm, plane) => norm.Normalise(plane));
    }

    protected override void Backward()
    {
        ForEachPlane(X, this, static (norm, plane) => norm.GradientSums(plane));
        Array.Clear(_weight.Gradient);
        Array.Clear(_bias.Gradient);
        for (var i = 0; i < _first.Length; i++)
        {
            _bias.Gradient[i % channels] += _first[i];
            _weight.Gradient[i % channels] += _second[i];
            _first[i] *= _weight.Value[i % channels];
            _second[i] *= _weight.Value[i % channels];
        }

        Reduce(forward: false);
        ForEachPlane(X, this, static (norm, plane) => norm.InputGradient(plane));
    }

    private void Reduce(bool forward)
    {
        var width = channels / groups;
        var count = (double)width * X.Height * X.Width;
        for (var i = 0; i < _first.Length; i += width)
        {
            var (first, second) = (0.0, 0.0);
            for (var c = i; c < i + width; c++) (first, second) = (first + _first[c], second + _second[c]);
            (first, second) = (first / count, second / count);
            var values = forward ? ((float)first, (float)(1 / Math.Sqrt(second - (first * first) + 1e-5))) : ((float)first, (float)second);
            for (var c = i; c < i + width; c++)
            {
                if (forward) (_mean[c], _inverse[c]) = values;
                else (_offset[c], _slope[c]) = values;
            }
        }
    }

    private void Sums(int plane)
    {
        Vector512<float> sum = default, squares = default;
        for (var h = 0; h < X.Height; h++)
        {
            for (var w = 0; w < X.Width; w++)
            {
                var x = X.Pixel(plane, h, w);
                (sum, squares) = (sum + x, squares + (x * x));
            }
        }

        X.Keep(plane, sum, _first);
        X.Keep(plane, squares, _second);
    }

    private void Normalise(int plane)
    {
        var (mean, scale, bias) = (X.PerImage(plane, _mean), X.PerImage(plane, _inverse) * X.PerChannel(plane, _weight.Value), X.PerChannel(plane, _bias.Value));
        for (var h = 0; h < X.Height; h++)
        {
            for (var w = 0; w < X.Width; w++) Y.Pixel(plane, h, w) = ((X.Pixel(plane, h, w) - mean) * scale) + bias;
        }
    }

    private void GradientSums(int plane)
    {
        Vector512<float> sum = default, product = default;
        var (mean, inverse) = (X.PerImage(plane, _mean), X.PerImage(plane, _inverse));
        for (var h = 0; h < X.Height; h++)
        {
            for (var w = 0; w < X.Width; w++)
            {
                var dy = Dy.Pixel(plane, h, w);
                (sum, product) = (sum + dy, product + (dy * (X.Pixel(plane, h, w) - mean) * inverse));
            }
        }

        X.Keep(plane, sum, _first);
        X.Keep(plane, product, _second);
    }

    private void InputGradient(int plane)
    {
        var (mean, inverse, weight) = (X.PerImage(plane, _mean), X.PerImage(plane, _inverse), X.PerChannel(plane, _weight.Value));
        var (offset, slope) = (X.PerImage(plane, _offset), X.PerImage(plane, _slope));
        for (var h = 0; h < X.Height; h++)
        {
            for (var w = 0; w < X.Width; w++)
            {
                var x = (X.Pixel(plane, h, w) - mean) * inverse;
                Dx.Pixel(plane, h, w) = ((Dy.Pixel(plane, h, w) * weight) - offset - (x * slope)) * inverse;
            }
        }
    }
}
