using System.Runtime.Intrinsics;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

/// <summary>Group normalisation (Wu and He 2018): y = x̂·w + b, where x̂ = (x − mean)/deviation over a group of channels of an image.</summary>
internal sealed class OwnGroupNorm(string name, int groups, int channels) : CustomLayer(name)
{
    private readonly Parameter _weight = new($"{name}.weight", [channels], Initialisation.Constant(1));
    private readonly Parameter _bias = new($"{name}.bias", [channels], Initialisation.Constant(0));
    private float[][] _of = []; // [N, C] each: two sums, mean, 1/deviation, and the two means that dx takes off

    public override IReadOnlyList<Parameter> Parameters => [_weight, _bias];

    protected override FeatureShape Prepare(FeatureShape input)
    {
        _of = [.. Enumerable.Range(0, 6).Select(_ => new float[Images * channels])];
        return input.Channels == channels ? input : throw new ArgumentException($"{Name} takes {channels} channels, got {input}.", nameof(input));
    }

    protected override void Forward(bool training)
    {
        ForEachPlane(X, this, static (norm, plane) => norm.Sweep(plane, backward: false, write: false));
        Reduce((x, xx) => (x, 1 / MathF.Sqrt(xx - (x * x) + 1e-5f)), _ => 1, _of[2], _of[3]);
        ForEachPlane(X, this, static (norm, plane) => norm.Sweep(plane, backward: false, write: true));
    }

    protected override void Backward()
    {
        ForEachPlane(X, this, static (norm, plane) => norm.Sweep(plane, backward: true, write: false));
        foreach (var (gradient, of) in ((float[], float[])[])[(_bias.Gradient, _of[0]), (_weight.Gradient, _of[1])])
            for (var c = 0; c < channels; c++) gradient[c] = Enumerable.Range(0, Images).Sum(n => of[(n * channels) + c]);
        Reduce((g, gx) => (g, gx), c => _weight.Value[c], _of[4], _of[5]);
        ForEachPlane(X, this, static (norm, plane) => norm.Sweep(plane, backward: true, write: true));
    }

    private void Reduce(Func<float, float, (float, float)> means, Func<int, float> factor, float[] first, float[] second)
    {
        var width = channels / groups;
        for (var g = 0; g < _of[0].Length; g += width)
        {
            float Mean(float[] of) => Enumerable.Range(g, width).Sum(i => of[i] * factor(i % channels)) / (width * X.Height * X.Width);
            var values = means(Mean(_of[0]), Mean(_of[1]));
            for (var i = g; i < g + width; i++) (first[i], second[i]) = values;
        }
    }

    private void Sweep(int plane, bool backward, bool write)
    {
        var (a, b, w, bias) = (Vector512<float>.Zero, Vector512<float>.Zero, X.PerChannel(plane, _weight.Value), X.PerChannel(plane, _bias.Value));
        var (mean, inverse, offset, slope) = (X.PerImage(plane, _of[2]), X.PerImage(plane, _of[3]), X.PerImage(plane, _of[4]), X.PerImage(plane, _of[5]));
        for (var (h, v) = (0, 0); h < X.Height; (h, v) = v + 1 < X.Width ? (h, v + 1) : (h + 1, 0))
        {
            var (x, norm) = (X.Pixel(plane, h, v), (X.Pixel(plane, h, v) - mean) * inverse);
            if (write && !backward) Y.Pixel(plane, h, v) = (norm * w) + bias;
            else if (write) Dx.Pixel(plane, h, v) = ((Dy.Pixel(plane, h, v) * w) - offset - (norm * slope)) * inverse;
            else if (backward) (a, b) = (a + Dy.Pixel(plane, h, v), b + (Dy.Pixel(plane, h, v) * norm)); // Σdy, Σdy·x̂
            else (a, b) = (a + x, b + (x * x)); // Σx, Σx²
        }

        if (write) return;
        X.Keep(plane, a, _of[0]);
        X.Keep(plane, b, _of[1]);
    }
}
