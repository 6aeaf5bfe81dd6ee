namespace SparseKernels.Images.Resampling;

/// <summary>
/// Which source positions make each position of a resized line, and by what weights: PIL's bilinear filter, a triangle that grows with the
/// reduction so that nothing of the source is left out (antialiasing). Position i of n from m lies at c = (i + ½)·s with s = m / n; source
/// position j weighs max(0, 1 − |j + ½ − c| / max(s, 1)), and all weights of i together 1. Memory is kept between calls.
/// </summary>
internal sealed class FilterTaps
{
    private int[] _first = [];
    private int[] _count = [];
    private float[] _weights = [];
    private int _most;

    /// <summary>The first source position that any of them needs.</summary>
    public int Start => _first[0];

    /// <summary>One past the last source position that any of them needs.</summary>
    public int End { get; private set; }

    /// <summary>Source positions of one.</summary>
    public int First(int position) => _first[position];

    /// <summary>Weights of one, for source positions from <see cref="First"/> on.</summary>
    public ReadOnlySpan<float> Weights(int position) => _weights.AsSpan(position * _most, _count[position]);

    /// <summary>Works them out.</summary>
    /// <param name="source">Positions of the source.</param>
    /// <param name="resized">Positions that the whole source is resized to.</param>
    /// <param name="from">The first of these that is wanted.</param>
    /// <param name="count">How many are wanted.</param>
    public void Compute(int source, int resized, int from, int count)
    {
        var scale = (double)source / resized;
        var width = Math.Max(scale, 1);
        _most = ((int)Math.Ceiling(width) * 2) + 1;
        if (_first.Length < count) (_first, _count) = (new int[count], new int[count]);
        if (_weights.Length < count * _most) _weights = new float[count * _most];
        End = 0;
        for (var i = 0; i < count; i++)
        {
            var centre = (from + i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - width + 0.5));
            var end = Math.Min(source, (int)(centre + width + 0.5));
            var weights = _weights.AsSpan(i * _most, end - first);
            var sum = 0.0;
            for (var j = first; j < end; j++) sum += Triangle((j + 0.5 - centre) / width);
            for (var j = first; j < end; j++) weights[j - first] = (float)(Triangle((j + 0.5 - centre) / width) / sum);
            (_first[i], _count[i], End) = (first, end - first, Math.Max(End, end));
        }
    }

    private static double Triangle(double x) => Math.Max(0, 1 - Math.Abs(x));
}
