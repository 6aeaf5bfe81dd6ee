using SparseKernels.Training.Randomness;

namespace SparseKernels.Images.Colour;

/// <summary>
/// torchvision's <c>ColorJitter</c> (Howard 2013): brightness, contrast and saturation times random factors and hue plus a random angle, in
/// random order, each result bounded to 0 to 1.
/// </summary>
internal static class ColourJitter
{
    private const int Changes = 4;

    /// <summary>Draws the changes and applies them.</summary>
    /// <param name="chw"><c>[3, H, W]</c>, intensities from 0 to 1, changed in place.</param>
    /// <param name="augmentation">How much each may change.</param>
    /// <param name="random">Decides; nothing is drawn where nothing may change.</param>
    public static void Apply(Span<float> chw, PictureAugmentation augmentation, ref RandomSource random)
    {
        if (!augmentation.JittersColour) return;
        Span<int> order = stackalloc int[Changes];
        for (var i = 0; i < Changes; i++) order[i] = i;
        random.Shuffle(order);
        var brightness = Factor(augmentation.Brightness, ref random);
        var contrast = Factor(augmentation.Contrast, ref random);
        var saturation = Factor(augmentation.Saturation, ref random);
        var hue = random.NextSingle(-augmentation.Hue, augmentation.Hue);
        foreach (var change in order)
        {
            if (change == 0 && augmentation.Brightness > 0) ColourChange.Brighten(chw, brightness);
            if (change == 1 && augmentation.Contrast > 0) ColourChange.Contrast(chw, contrast);
            if (change == 2 && augmentation.Saturation > 0) ColourChange.Saturate(chw, saturation);
            if (change == 3 && augmentation.Hue > 0) HueShift.Apply(chw, hue);
        }
    }

    private static float Factor(float strength, ref RandomSource random) => random.NextSingle(Math.Max(0, 1 - strength), 1 + strength);
}
