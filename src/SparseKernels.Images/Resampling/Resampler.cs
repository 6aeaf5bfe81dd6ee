using System.Numerics;
using System.Runtime.Intrinsics;
using SparseKernels.Images.Decoding;

namespace SparseKernels.Images.Resampling;

/// <summary>
/// Resizes pictures as PIL's bilinear filter with antialiasing does, without its rounding between the two directions: each row of the
/// result is a weighted sum of rows of the source, whole vectors at a time, and each of its pixels one of that row's pixels, a vector of
/// red, green, blue and a fourth lane that the next pixel overwrites. Products and sums are rounded one by one, so that all processors give
/// the same bits. Keeps its memory between calls; for one thread at a time.
/// </summary>
internal sealed class Resampler
{
    private const int Channels = Picture.Channels;

    [ThreadStatic]
    private static Resampler? s_own;

    private readonly FilterTaps _rows = new();
    private readonly FilterTaps _columns = new();
    private float[] _tall = [];
    private float[] _line = [];

    /// <summary>The calling thread's own.</summary>
    public static Resampler OfThread => s_own ??= new Resampler();

    /// <summary>Resizes a part of a picture, of which pixels outside of it take no part, and takes a window of the result.</summary>
    /// <typeparam name="TSink">Takes the rows.</typeparam>
    /// <param name="picture">The picture.</param>
    /// <param name="part">The part of it.</param>
    /// <param name="width">Width that the part is resized to.</param>
    /// <param name="height">Height that the part is resized to.</param>
    /// <param name="window">What of the resized part is wanted.</param>
    /// <param name="sink">Takes the window's rows from top to bottom.</param>
    public void Resample<TSink>(Picture picture, PixelBox part, int width, int height, PixelBox window, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct
    {
        _columns.Compute(part.Width, width, window.Left, window.Width);
        _rows.Compute(part.Height, height, window.Top, window.Height);
        var elements = (_columns.End - _columns.Start) * Channels;

        // Pixels are loaded and stored as four floats.
        if (_tall.Length < elements + 1) _tall = new float[elements + 1];
        if (_line.Length < (window.Width * Channels) + 1) _line = new float[(window.Width * Channels) + 1];
        for (var y = 0; y < window.Height; y++)
        {
            var first = (((part.Top + _rows.First(y)) * picture.Width) + part.Left + _columns.Start) * Channels;
            SumRows(picture.Pixels.AsSpan(first), picture.Width * Channels, _rows.Weights(y), _tall.AsSpan(0, elements));
            SumPixels(window.Width);
            sink.Take(y, _line.AsSpan(0, window.Width * Channels));
        }
    }

    private static void SumRows(ReadOnlySpan<byte> pixels, int stride, ReadOnlySpan<float> weights, Span<float> sums)
    {
        var i = 0;
        for (; i <= sums.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var row = 0; row < weights.Length; row++)
            {
                var weight = new Vector<float>(weights[row]);
                Vector.Widen(new Vector<byte>(pixels[((row * stride) + i)..]), out var low, out var high);
                Vector.Widen(low, out var first, out var second);
                Vector.Widen(high, out var third, out var fourth);
                a += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(first));
                b += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(second));
                c += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(third));
                d += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(fourth));
            }

            a.CopyTo(sums[i..]);
            b.CopyTo(sums[(i + Vector<float>.Count)..]);
            c.CopyTo(sums[(i + (2 * Vector<float>.Count))..]);
            d.CopyTo(sums[(i + (3 * Vector<float>.Count))..]);
        }

        for (; i < sums.Length; i++)
        {
            var sum = 0f;
            for (var row = 0; row < weights.Length; row++) sum += weights[row] * pixels[(row * stride) + i];
            sums[i] = sum;
        }
    }

    private void SumPixels(int width)
    {
        for (var x = 0; x < width; x++)
        {
            var first = (_columns.First(x) - _columns.Start) * Channels;
            var sum = Vector128<float>.Zero;
            foreach (var weight in _columns.Weights(x))
            {
                sum += Vector128.Create(weight) * Vector128.Create(_tall.AsSpan(first, Vector128<float>.Count));
                first += Channels;
            }

            sum.CopyTo(_line, x * Channels);
        }
    }
}
