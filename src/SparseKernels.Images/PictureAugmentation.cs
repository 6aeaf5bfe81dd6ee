using System.Globalization;

namespace SparseKernels.Images;

/// <summary>
/// How pictures are varied for training, with torchvision's meanings and defaults of fine-tuning: <c>RandomResizedCrop</c>,
/// <c>RandomHorizontalFlip</c> and <c>ColorJitter</c>.
/// </summary>
public sealed record PictureAugmentation
{
    /// <summary>The least share of a picture's area that a crop shows; over 0, up to <see cref="MaximumScale"/>.</summary>
    public float MinimumScale { get; init; } = 0.08f;

    /// <summary>The greatest share of a picture's area that a crop shows; up to 1.</summary>
    public float MaximumScale { get; init; } = 1;

    /// <summary>A crop's least width / height; over 0, up to <see cref="MaximumRatio"/>.</summary>
    public float MinimumRatio { get; init; } = 3f / 4;

    /// <summary>A crop's greatest width / height; finite.</summary>
    public float MaximumRatio { get; init; } = 4f / 3;

    /// <summary>Whether to mirror left and right every second time.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Brightness is multiplied by 1 − this to 1 + this, by 0 at least; 0 for no change.</summary>
    public float Brightness { get; init; }

    /// <summary>Contrast is multiplied by 1 − this to 1 + this, by 0 at least; 0 for no change.</summary>
    public float Contrast { get; init; }

    /// <summary>Saturation is multiplied by 1 − this to 1 + this, by 0 at least; 0 for no change.</summary>
    public float Saturation { get; init; }

    /// <summary>Hue is turned by up to this share of the circle either way; 0 to 0.5, 0 for no change.</summary>
    public float Hue { get; init; }

    internal bool JittersColour => Brightness > 0 || Contrast > 0 || Saturation > 0 || Hue > 0;

    /// <summary>All of it, as a checkpoint keeps it.</summary>
    internal string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"scale {MinimumScale} to {MaximumScale}, ratio {MinimumRatio} to {MaximumRatio}, flip {(Flip ? "yes" : "no")}, brightness {Brightness}, contrast {Contrast}, saturation {Saturation}, hue {Hue}");

    internal void Check()
    {
        Require(MinimumScale > 0 && MinimumScale <= MaximumScale, nameof(MinimumScale), MinimumScale, $"over 0 and up to MaximumScale, {MaximumScale}");
        Require(MaximumScale <= 1, nameof(MaximumScale), MaximumScale, "1 or less");
        Require(MinimumRatio > 0 && MinimumRatio <= MaximumRatio, nameof(MinimumRatio), MinimumRatio, $"over 0 and up to MaximumRatio, {MaximumRatio}");
        Require(float.IsFinite(MaximumRatio), nameof(MaximumRatio), MaximumRatio, "finite");
        Require(Brightness >= 0 && float.IsFinite(Brightness), nameof(Brightness), Brightness, "finite and 0 or more");
        Require(Contrast >= 0 && float.IsFinite(Contrast), nameof(Contrast), Contrast, "finite and 0 or more");
        Require(Saturation >= 0 && float.IsFinite(Saturation), nameof(Saturation), Saturation, "finite and 0 or more");
        Require(Hue is >= 0 and <= 0.5f, nameof(Hue), Hue, "0 to 0.5");
    }

    private static void Require(bool holds, string name, float value, FormattableString expected) =>
        Require(holds, name, value, expected.ToString(CultureInfo.InvariantCulture));

    private static void Require(bool holds, string name, float value, string expected)
    {
        if (!holds) throw new ArgumentOutOfRangeException(name, string.Create(CultureInfo.InvariantCulture, $"{name} must be {expected}, got {value}."));
    }
}
