using System.Buffers.Binary;
using SparseKernels.Training.Data;

namespace SparseKernels.Fuzz.Targets;

/// <summary>IDX files of images and labels.</summary>
internal class IdxTarget : FuzzTarget
{
    protected const string Images = "t10k-images-idx3-ubyte";
    protected const string Labels = "t10k-labels-idx1-ubyte";

    private const int Count = 20;
    private const int Size = 3;

    public override string Name => "idx";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
    [
        new(Images, Idx(0x0803, [Count, Size, Size], [.. Enumerable.Range(0, Count * Size * Size).Select(i => (byte)(i * i))])),
        new(Labels, Idx(0x0801, [Count], [.. Enumerable.Range(0, Count).Select(i => (byte)(i % 10))])),
    ];

    public override IReadOnlyList<CorpusFile> Beside => Corpus;

    public override void Read(string folder, string file) => IdxDataSet.Load(folder, DataSplit.Test);

    private static byte[] Idx(int magic, int[] sizes, byte[] content)
    {
        var header = new byte[4 * (1 + sizes.Length)];
        BinaryPrimitives.WriteInt32BigEndian(header, magic);
        for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * (1 + i)), sizes[i]);
        return [.. header, .. content];
    }
}
