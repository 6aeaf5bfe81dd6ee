using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;

/// <summary>
/// Photographs and a pretrained network for a first run: a few pictures of three shapes, and a network that has learnt to tell ten apart. Disposing it
/// removes both.
/// </summary>
internal sealed class MadeUp : IDisposable
{
    public const int Size = 32;
    private const int Classes = 10;
    private const int Own = 3;
    private const int OfEachClass = 200;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fine-tune");

    public MadeUp()
    {
        Write(SyntheticDataSet.Create(DataSplit.Training, Classes * OfEachClass));
        var shapes = SyntheticDataSet.Create(DataSplit.Training, 3000, seed: 1);
        using var trainer = new Trainer(new TrainerOptions
        {
            TrainingData = shapes,
            TestData = SyntheticDataSet.Create(DataSplit.Test, 500, seed: 1),
            Normalisation = Normalisation.Measure(shapes),
            Model = "lenet",
            Epochs = 6,
            Batch = 50,
        });
        trainer.Run();
        trainer.Network.Save(Weights);
    }

    /// <summary>A folder for each of three shapes.</summary>
    public string Photos => Path.Combine(_folder.FullName, "photos");

    /// <summary>What has learnt all ten.</summary>
    public string Weights => Path.Combine(_folder.FullName, "lenet-shapes.safetensors");

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(SyntheticDataSet data)
    {
        var image = new float[3 * Size * Size];
        for (var i = 0; i < data.Count; i++)
        {
            if (data.Label(i) >= Own) continue;
            data.CopyImage(i, image);
            var folder = Path.Combine(Photos, SyntheticDataSet.ClassNames[data.Label(i)]);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.bmp"), Bitmap(image));
        }
    }

    /// <summary>A BMP file: 54 bytes of header, then rows from the bottom up, blue before green before red.</summary>
    private static byte[] Bitmap(float[] chw)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("BM"u8);
        foreach (var value in (int[])[54 + (3 * Size * Size), 0, 54, 40, Size, Size, 1 | (24 << 16), 0, 0, 0, 0, 0, 0]) writer.Write(value);
        for (var y = Size - 1; y >= 0; y--)
            for (var x = 0; x < Size; x++)
                for (var c = 2; c >= 0; c--) writer.Write((byte)MathF.Round(255 * chw[(((c * Size) + y) * Size) + x]));
        return file.ToArray();
    }
}
