using System.Runtime.InteropServices;

namespace SparseKernels.Files;

/// <summary>
/// Replaces a file as a whole: the new content goes to a temporary file beside it, is flushed to disk and renamed over it. Whoever is
/// killed at any moment leaves the old content or the new under the name, never a part. A symbolic link stays one: what it points to is
/// replaced.
/// </summary>
internal static partial class AtomicFile
{
    /// <summary>What a temporary file is called: the file's name and this.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>
    /// Called before each step of a replacement on the calling thread's own files, in tests: what it throws ends the process, as a kill
    /// there would; nothing is cleaned up behind it.
    /// </summary>
    [field: ThreadStatic]
    internal static Action<AtomicFileStep>? Observer { get; set; }

    /// <summary>Writes or replaces a file.</summary>
    /// <param name="path">
    /// The file; its folder must exist. <c>path + ".tmp"</c> is used on the way and overwritten if a killed process left it.
    /// </param>
    /// <param name="write">Writes the content. Called once more, to know its size, if the disk is full.</param>
    /// <param name="shared">Whether others may write the same file meanwhile: then the temporary file has a name of its own.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="write"/> is null.</exception>
    /// <exception cref="IOException">
    /// The file system refuses, the disk is full, or the path is a folder, a device or a pipe; the old content is still there.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file is not writable; the old content is still there.</exception>
    public static void Write(string path, Action<Stream> write, bool shared = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = FileKind.TargetOf(path);
        FileKind.RequireReplaceable(path, target);
        var temporary = shared ? $"{target}.{Environment.ProcessId}-{Guid.NewGuid():N}{TemporarySuffix}" : target + TemporarySuffix;
        try
        {
            Observer?.Invoke(AtomicFileStep.Create);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                Observer?.Invoke(AtomicFileStep.Write);
                write(stream);
                Observer?.Invoke(AtomicFileStep.Flush);
                stream.Flush(flushToDisk: true);
                Observer?.Invoke(AtomicFileStep.Close);
            }

            Observer?.Invoke(AtomicFileStep.Rename);
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e) when (e is not SimulatedKillException)
        {
            DeleteQuietly(temporary);
            if (e is IOException && DiskSpace.IsFull(e)) throw DiskSpace.Explain(path, target, write, e);
            throw;
        }

        Observer?.Invoke(AtomicFileStep.FlushFolder);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(target))!);
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }

    /// <summary>Makes the rename itself last through a power cut, on systems where a folder can be flushed.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        const int ReadOnly = 0;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) return;
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
