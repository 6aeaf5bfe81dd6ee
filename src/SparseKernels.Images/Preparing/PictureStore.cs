using SparseKernels.Images.Decoding;
using SparseKernels.Images.Folders;

namespace SparseKernels.Images.Preparing;

/// <summary>
/// Prepared pictures by their indices, from any thread: kept in memory as far as a budget goes, else read and decoded anew each time.
/// </summary>
internal sealed class PictureStore
{
    private readonly PictureFile[] _files;
    private readonly PicturePreparation _preparation;
    private readonly Picture?[] _kept;

    private PictureStore(PictureFile[] files, Picture?[] kept, PicturePreparation preparation, IReadOnlyList<BrokenPicture> broken) =>
        (_files, _kept, _preparation, Broken) = (files, kept, preparation, broken);

    /// <summary>The files that can be read.</summary>
    public IReadOnlyList<PictureFile> Files => _files;

    /// <summary>The files that were left out.</summary>
    public IReadOnlyList<BrokenPicture> Broken { get; }

    /// <summary>Bytes of pictures in memory.</summary>
    public long KeptBytes => _kept.Sum(picture => (long?)picture?.Pixels.Length ?? 0);

    /// <summary>Reads every file once: what can't be read is known before anything is trained, and what fits is kept.</summary>
    /// <param name="files">The files.</param>
    /// <param name="preparation">What is done to each.</param>
    /// <param name="options">Threads, budget, and whether a broken file is an error.</param>
    /// <exception cref="InvalidDataException">Strict, and a file is broken: the first of them is named.</exception>
    public static PictureStore Read(PictureFile[] files, PicturePreparation preparation, PictureFolderOptions options)
    {
        var kept = new Picture?[files.Length];
        var reasons = new string?[files.Length];
        var left = options.Budget;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount };

        // Break runs all files before the one that called it, so that the first in order is named.
        _ = Parallel.For(0, files.Length, parallel, (i, loop) =>
        {
            try
            {
                var picture = preparation.Prepare(PictureDecoder.Read(files[i].Path));
                if (Interlocked.Add(ref left, -picture.Pixels.Length) >= 0) kept[i] = picture;
                else _ = Interlocked.Add(ref left, picture.Pixels.Length);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                reasons[i] = e.Message;
                if (options.Strict) loop.Break();
            }
        });
        var broken = Enumerable.Range(0, files.Length).Where(i => reasons[i] is not null).Select(i => new BrokenPicture(files[i].Path, reasons[i]!)).ToArray();
        if (options.Strict && broken.Length > 0) throw new InvalidDataException(broken[0].Reason);
        int[] good = [.. Enumerable.Range(0, files.Length).Where(i => reasons[i] is null)];
        return new PictureStore([.. good.Select(i => files[i])], [.. good.Select(i => kept[i])], preparation, broken);
    }

    /// <summary>A prepared picture.</summary>
    /// <exception cref="InvalidDataException">It could be read once and can't any more; the message names the file.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public Picture Get(int index) => _kept[index] ?? _preparation.Prepare(PictureDecoder.Read(_files[index].Path));
}
