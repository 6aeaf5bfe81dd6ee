using SparseKernels.Images.Decoding;
using SparseKernels.Training.Data;

namespace SparseKernels.Images.Preparing;

/// <summary>What each of the 256 intensities of each channel is after normalisation: a picture of the right size becomes an image by look-up.</summary>
internal sealed class IntensityTable
{
    private const int Levels = 256;

    private readonly float[] _values = new float[Picture.Channels * Levels];

    /// <summary>Fills it, with the roundings of <see cref="PicturePreparation.CopyMiddle"/> and <see cref="Normalisation.Apply"/>.</summary>
    /// <param name="normalisation">Of three channels.</param>
    public IntensityTable(Normalisation normalisation)
    {
        const float Scale = 1f / byte.MaxValue;
        for (var i = 0; i < _values.Length; i++) _values[i] = Scale * (i % Levels);
        normalisation.Apply(_values);
    }

    /// <summary>Copies a picture into an image's planes.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="chw"><c>[3, H, W]</c> of its sizes, overwritten.</param>
    public void Copy(Picture picture, Span<float> chw)
    {
        var pixels = picture.Width * picture.Height;
        var bytes = picture.Pixels.AsSpan(0, pixels * Picture.Channels);
        for (var c = 0; c < Picture.Channels; c++)
        {
            var plane = chw.Slice(c * pixels, pixels);
            var values = _values.AsSpan(c * Levels, Levels);
            for (var i = 0; i < plane.Length; i++) plane[i] = values[bytes[(Picture.Channels * i) + c]];
        }
    }
}
