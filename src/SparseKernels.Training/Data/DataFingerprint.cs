using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SparseKernels.Training.Data;

/// <summary>Tells whether a data set is the one that a run began with: its images, their labels and their order.</summary>
internal static class DataFingerprint
{
    /// <summary>Images that are read: enough to tell sets apart, few enough for sets that decode pictures.</summary>
    private const int MostImages = 256;

    private const int Bytes = 16;

    /// <summary>A hash (SHA-256, its first 16 bytes) of all labels and of up to 256 images, evenly spread from the first to the last.</summary>
    public static string Of(IDataSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([data.Count, data.Channels, data.Height, data.Width, data.Classes]));
        for (var i = 0; i < data.Count; i++) hash.AppendData(MemoryMarshal.AsBytes<int>([data.Label(i)]));
        var image = new float[data.Channels * data.Height * data.Width];
        var images = Math.Min(data.Count, MostImages);
        for (var i = 0; i < images; i++)
        {
            data.CopyImage((int)((long)i * (data.Count - 1) / Math.Max(1, images - 1)), image);
            hash.AppendData(MemoryMarshal.AsBytes(image.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Bytes));
    }
}
