using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SparseKernels.Training.Data;

namespace SparseKernels.Images.Folders;

/// <summary>
/// Holds out a share of each class by a hash of seed, class and file name: the same files whatever the order they are found in, and almost
/// the same after some were added or removed.
/// </summary>
internal static class StratifiedSplit
{
    /// <summary>The files of a class that are in a split, in their order.</summary>
    /// <param name="files">The class's files.</param>
    /// <param name="name">The class.</param>
    /// <param name="split">Which.</param>
    /// <param name="share">The share for tests, rounded to a number of files, at least one for each split.</param>
    /// <param name="seed">What decides which.</param>
    /// <exception cref="InvalidDataException">There is a single file.</exception>
    public static IEnumerable<PictureFile> Part(PictureFile[] files, string name, DataSplit split, double share, ulong seed)
    {
        if (files.Length < 2)
            throw new InvalidDataException($"'{files[0].Path}' is the only picture of '{name}': expected 2 or more, one of which is held out for tests.");
        var count = Math.Clamp((int)Math.Round(share * files.Length), 1, files.Length - 1);
        var test = files.OrderBy(file => Rank(file.Name, name, seed)).ThenBy(file => file.Name, StringComparer.Ordinal).Take(count).ToHashSet();
        return files.Where(file => test.Contains(file) == (split == DataSplit.Test));
    }

    private static ulong Rank(string file, string name, ulong seed)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{seed}/{name}/{file}");
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
