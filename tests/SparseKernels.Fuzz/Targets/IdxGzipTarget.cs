using System.IO.Compression;
using SparseKernels.Fuzz.Mutations;

namespace SparseKernels.Fuzz.Targets;

/// <summary>Packed IDX files: changed as they are, or changed and packed again.</summary>
internal sealed class IdxGzipTarget : IdxTarget
{
    private const string Extension = ".gz";

    private readonly CorpusFile[] _packed;

    public IdxGzipTarget() => _packed = [.. base.Corpus.Select(file => new CorpusFile(file.Name + Extension, Pack(file.Content)))];

    public override string Name => "idx-gzip";

    public override IReadOnlyList<CorpusFile> Corpus => _packed;

    public override FuzzInput Change(Random random)
    {
        if (random.Next(2) == 0) return base.Change(random);
        var file = base.Corpus[random.Next(base.Corpus.Count)];
        return new FuzzInput(
            file.Name + Extension, Pack(new Mutator(random).Change(file.Content, [.. base.Corpus.Select(other => other.Content)])));
    }

    private static byte[] Pack(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }
}
