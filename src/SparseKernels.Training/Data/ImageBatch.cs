namespace SparseKernels.Training.Data;

/// <summary>
/// Images and labels ready for a training step; <see cref="BatchLoader"/> reuses it, so it is valid until the next one is asked for.
/// </summary>
public sealed class ImageBatch
{
    internal ImageBatch(int capacity, int imageLength, int whole)
    {
        LabelsOfAll = new int[whole];
        Images = new float[capacity * imageLength];
        Labels = new int[capacity];
        Sources = new int[capacity];
    }

    /// <summary><c>[N, C, H, W]</c>, normalised. Images past <see cref="Count"/> are whatever the buffer held before.</summary>
    public float[] Images { get; }

    /// <summary>The class of each image.</summary>
    public int[] Labels { get; }

    /// <summary>The class of each image of all shares; only where there are several.</summary>
    internal int[] LabelsOfAll { get; }

    /// <summary>Images in this batch, or in this share of it: the batch size, or fewer in an evaluation's last batch.</summary>
    public int Count { get; internal set; }

    /// <summary>The epoch it belongs to, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>Its place in the epoch, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>The images' indices in the data set.</summary>
    internal int[] Sources { get; }

    /// <summary>Images that are not made yet.</summary>
    internal int Missing { get; set; }
}
