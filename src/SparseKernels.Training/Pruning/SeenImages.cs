using System.Globalization;
using SparseKernels.Pruning;
using SparseKernels.Schemas;
using SparseKernels.Training.Networks;

namespace SparseKernels.Training.Pruning;

/// <summary>Images that a network was trained on, and how many of them were right as it saw them, before it learnt from them.</summary>
/// <param name="Images">How many.</param>
/// <param name="Correct">How many were right.</param>
internal readonly record struct SeenImages(long Images, long Correct)
{
    private const string KeyPrefix = PruningProgress.Prefix + "seen-";
    private const string ImagesKey = KeyPrefix + "images";
    private const string CorrectKey = KeyPrefix + "correct";

    /// <summary>What they say of the network: no accuracy where there are none.</summary>
    public ValidationResult Result => new(Images == 0 ? double.NaN : (double)Correct / Images, (int)Math.Min(Images, int.MaxValue));

    /// <summary>These and a batch.</summary>
    public SeenImages With(BatchResult batch) => new(Images + batch.Count, Correct + batch.Correct);

    /// <summary>Writes them, if there are any.</summary>
    public void AddTo(Dictionary<string, string> metadata)
    {
        if (Images == 0) return;
        metadata.Add(ImagesKey, Images.ToString(CultureInfo.InvariantCulture));
        metadata.Add(CorrectKey, Correct.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">A number is missing or out of its range; the message names its key.</exception>
    public static SeenImages From(Fields fields)
    {
        if (!fields.HasUnder(KeyPrefix)) return default;
        var rule = new NumberRule<long>(0, long.MaxValue, IsUpwards: true);
        var seen = new SeenImages(fields.Number(ImagesKey, rule with { Least = 1 }), fields.Number(CorrectKey, rule));
        return seen.Correct <= seen.Images
            ? seen
            : throw new InvalidDataException($"expected a number of at most {ImagesKey}, {seen.Images}, for {CorrectKey}, got {seen.Correct}.");
    }
}
