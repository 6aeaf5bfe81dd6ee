using System.Globalization;
using SparseKernels.Images;
using SparseKernels.Training.Data;

namespace SparseKernels.Cli.Runs;

/// <summary>What a command says of pictures that it left out.</summary>
internal static class BrokenPictures
{
    /// <summary>Files that are named at most.</summary>
    private const int MostNamed = 20;

    /// <summary>A line with their number and one for each; none where every picture is good.</summary>
    public static IEnumerable<string> Lines(IDataSet images)
    {
        if (images is not PictureFolder { Broken: { Count: > 0 } broken }) yield break;
        yield return string.Create(
            CultureInfo.InvariantCulture, $"{broken.Count} of {broken.Count + images.Count} pictures can't be read and are left out (--strict makes that an error):");
        foreach (var picture in broken.Take(MostNamed)) yield return $"  {picture.Reason}";
        if (broken.Count > MostNamed) yield return string.Create(CultureInfo.InvariantCulture, $"  and {broken.Count - MostNamed} more");
    }
}
