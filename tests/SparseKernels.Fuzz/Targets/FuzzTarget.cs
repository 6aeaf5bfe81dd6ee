using SparseKernels.Fuzz.Mutations;

namespace SparseKernels.Fuzz.Targets;

/// <summary>A reader, and whole files of its kind.</summary>
internal abstract class FuzzTarget
{
    /// <summary>What <c>--target</c> calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Whole files, each of which the reader accepts.</summary>
    public abstract IReadOnlyList<CorpusFile> Corpus { get; }

    /// <summary>Files that lie beside the one that is changed.</summary>
    public virtual IReadOnlyList<CorpusFile> Beside => [];

    /// <summary>Reads the folder's files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The one that is changed.</param>
    public abstract void Read(string folder, string file);

    /// <summary>
    /// Whether a reader's user was told of an exception: those of files that can't be used, where messages name them, and no other.
    /// </summary>
    public virtual bool IsDocumented(Exception e, string folder) =>
        e is InvalidDataException && e.Message.Contains(folder, StringComparison.Ordinal);

    /// <summary>A changed file.</summary>
    public virtual FuzzInput Change(Random random)
    {
        var file = Pick(random);
        return new FuzzInput(file.Name, new Mutator(random).Change(file.Content, Contents));
    }

    /// <summary>The contents of all whole files.</summary>
    protected IReadOnlyList<byte[]> Contents => field ??= [.. Corpus.Select(file => file.Content)];

    /// <summary>One of the whole files.</summary>
    protected CorpusFile Pick(Random random) => Corpus[random.Next(Corpus.Count)];
}
